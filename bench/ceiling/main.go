// Ceiling is the fastest create, and the fastest read of one person's values in effect, that we
// know how to write in Go: net/http and pgx by hand, one statement, no validation, no log. It is what attributed is compared
// with, and nothing to run in earnest.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("ATTRIBUTED_DATABASE"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = int32(max(4, 4*runtime.GOMAXPROCS(0)))
	config.MinConns = config.MaxConns
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan" // else a create without values is planned anew each time
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	callers, err := readCallers(pool)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("POST /api/v1/org/attributes", creator{pool, callers})
	mux.Handle("GET /api/v1/org/users/{user}/attributes", reader{pool, callers})
	log.Fatal(http.ListenAndServe(os.Getenv("ATTRIBUTED_LISTEN"), mux))
}

// organization is whom a token's owner belongs to.
type organization struct {
	id   int
	uuid string
}

// readCallers reads all tokens once, by their hashes.
func readCallers(pool *pgxpool.Pool) (map[string]organization, error) {
	rows, err := pool.Query(context.Background(), `
		SELECT token_hash, organization_id, organization_uuid::text
		FROM personal_access_tokens
		JOIN organization_memberships ON user_id = created_by_user_id
		JOIN organizations USING (organization_id)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	callers := map[string]organization{}
	for rows.Next() {
		var hash string
		var of organization
		if err := rows.Scan(&hash, &of.id, &of.uuid); err != nil {
			return nil, err
		}
		callers[hash] = of
	}
	return callers, rows.Err()
}

// hashOf is that of the request's token.
func hashOf(r *http.Request) string {
	hash := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "ApiKey ")))
	return hex.EncodeToString(hash[:])
}

// The bodies of request and answer.

type attribute struct {
	UUID              string       `json:"uuid"`
	CreatedAt         string       `json:"createdAt"`
	OrganizationUUID  string       `json:"organizationUuid"`
	Name              string       `json:"name"`
	Description       *string      `json:"description,omitempty"`
	AttributeDefault  *string      `json:"attributeDefault"`
	AttributeDefaults []string     `json:"attributeDefaults"`
	Users             []userValue  `json:"users"`
	Groups            []groupValue `json:"groups"`
}

type userValue struct {
	UserUUID string   `json:"userUuid"`
	Value    string   `json:"value"`
	Values   []string `json:"values"`
	Email    string   `json:"email"`
}

type groupValue struct {
	GroupUUID string   `json:"groupUuid"`
	Value     string   `json:"value"`
	Values    []string `json:"values"`
}

type creator struct {
	pool    *pgxpool.Pool
	callers map[string]organization // by the hash of their token
}

// create is the statement that package store sends too, but for the way in which
// the values get into it.
const create = `
	WITH named_users AS (
		SELECT users.user_id, named.value, named.position, COALESCE(emails.email, '') AS email
		FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS named (uuid, value, position)
		JOIN users ON users.user_uuid = named.uuid
		JOIN organization_memberships AS membership ON membership.user_id = users.user_id AND membership.organization_id = $3
		LEFT JOIN emails ON emails.user_id = users.user_id AND emails.is_primary
	), named_groups AS (
		SELECT groups.group_uuid, named.value
		FROM unnest($4::uuid[], $5::text[]) AS named (uuid, value)
		JOIN groups ON groups.group_uuid = named.uuid AND groups.organization_id = $3
	), attribute AS (
		INSERT INTO user_attributes (user_attribute_uuid, name, description, attribute_defaults, organization_id, created_at)
		SELECT $6::uuid, $7::text, $8::text, $9::text[], $3, $10::timestamp
		WHERE (SELECT count(*) FROM named_users) = cardinality($1::uuid[]) AND (SELECT count(*) FROM named_groups) = cardinality($4::uuid[])
		RETURNING user_attribute_uuid
	), user_values AS (
		INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
		SELECT user_id, $3, user_attribute_uuid, value::text[] FROM attribute, named_users
	), group_values AS (
		INSERT INTO group_user_attributes (group_uuid, user_attribute_uuid, "values")
		SELECT group_uuid, user_attribute_uuid, value::text[] FROM attribute, named_groups
	)
	SELECT position - 1, email FROM named_users`

func (c creator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	of, ok := c.callers[hashOf(r)]
	if !ok {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	var a attribute
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := c.insert(r.Context(), of, &a); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"status": "ok", "results": a})
}

var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// list is an array of one text, as PostgreSQL reads it.
func list(value string) string { return `{"` + quotes.Replace(value) + `"}` }

// insert writes a, and fills in what is answered beside what was sent.
func (c creator) insert(ctx context.Context, of organization, a *attribute) error {
	users, userValues := make([]string, len(a.Users)), make([]string, len(a.Users))
	for i, user := range a.Users {
		a.Users[i].Values = []string{user.Value} // the bench sends the older form
		users[i], userValues[i] = user.UserUUID, list(user.Value)
	}
	groups, groupValues := make([]string, len(a.Groups)), make([]string, len(a.Groups))
	for i, group := range a.Groups {
		a.Groups[i].Values = []string{group.Value}
		groups[i], groupValues[i] = group.GroupUUID, list(group.Value)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	a.UUID, a.CreatedAt, a.OrganizationUUID = uuid.NewString(), now.Format("2006-01-02T15:04:05.000Z"), of.uuid
	if a.AttributeDefault != nil {
		a.AttributeDefaults = []string{*a.AttributeDefault}
	}
	rows, err := c.pool.Query(ctx, create, users, userValues, of.id, groups, groupValues, a.UUID, a.Name, a.Description, a.AttributeDefaults, now)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var position int
		var email string
		if err := rows.Scan(&position, &email); err != nil {
			return err
		}
		a.Users[position].Email = email
	}
	return rows.Err()
}
