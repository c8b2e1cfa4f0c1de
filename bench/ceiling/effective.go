package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
)

// reader answers one person's values in effect.
type reader struct {
	pool    *pgxpool.Pool
	callers map[string]organization
}

// read gives a row for each attribute and group with values, in the order of the answer; one
// row without an attribute where there are none.
const read = `
	WITH person AS MATERIALIZED (
		SELECT user_id, organization_id FROM users JOIN organization_memberships USING (user_id)
		WHERE user_uuid = $1 AND organization_id = $2
	), own AS MATERIALIZED (
		SELECT given.user_attribute_uuid, given."values"
		FROM person JOIN organization_member_user_attributes AS given ON given.user_id = person.user_id AND given.organization_id = $2
	), by_group AS MATERIALIZED (
		SELECT given.user_attribute_uuid, given.group_uuid, given."values"
		FROM person JOIN group_memberships AS member ON member.user_id = person.user_id AND member.organization_id = $2
		JOIN group_user_attributes AS given ON given.group_uuid = member.group_uuid
	)
	SELECT attribute.user_attribute_uuid::text, attribute.name, attribute.attribute_defaults, own."values", by_group.group_uuid::text, by_group."values"
	FROM person
	LEFT JOIN user_attributes AS attribute ON attribute.organization_id = $2
	LEFT JOIN own ON own.user_attribute_uuid = attribute.user_attribute_uuid
	LEFT JOIN by_group ON by_group.user_attribute_uuid = attribute.user_attribute_uuid
	ORDER BY attribute.created_at DESC, attribute.user_attribute_uuid, by_group.group_uuid`

type inEffect struct {
	UUID   string        `json:"userAttributeUuid"`
	Name   string        `json:"name"`
	Values []effectValue `json:"values"`
}

type effectValue struct {
	Value     string  `json:"value"`
	Source    string  `json:"source"`
	GroupUUID *string `json:"groupUuid,omitempty"`
}

func (e *inEffect) add(values []string, source string, group *string) {
	for _, value := range values {
		e.Values = append(e.Values, effectValue{value, source, group})
	}
}

func (h reader) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	of, ok := h.callers[hashOf(r)]
	if !ok {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	all, err := h.read(r.Context(), r.PathValue("user"), of)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"status": "ok", "results": all})
}

func (h reader) read(ctx context.Context, user string, of organization) ([]inEffect, error) {
	rows, err := h.pool.Query(ctx, read, user, of.id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []inEffect{}
	var defaults [][]string
	for rows.Next() {
		var id, name, group *string
		var fallback, own, byGroup []string
		if err := rows.Scan(&id, &name, &fallback, &own, &group, &byGroup); err != nil {
			return nil, err
		}
		if id == nil {
			continue
		}
		if len(all) == 0 || all[len(all)-1].UUID != *id {
			all, defaults = append(all, inEffect{UUID: *id, Name: *name, Values: []effectValue{}}), append(defaults, fallback)
			all[len(all)-1].add(own, "user", nil)
		}
		all[len(all)-1].add(byGroup, "group", group)
	}
	for i := range all {
		if len(all[i].Values) == 0 {
			all[i].add(defaults[i], "default", nil)
		}
	}
	return all, rows.Err()
}
