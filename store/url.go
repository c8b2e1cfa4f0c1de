package store

import (
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
)

// CheckURL returns an error if url is not of a form that Open takes, or if it cannot be
// told for certain what in it is the password. It opens nothing, and its error quotes
// nothing of url.
func CheckURL(url string) error {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		_, _, err := parseSQLite(path)
		return err
	}
	_, err := parsePostgres(url)
	return err
}

// Place returns where the database at url is, without who connects and all options: for
// logs. It is the scheme alone where CheckURL refuses url.
func Place(url string) string {
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case CheckURL(url) != nil:
		return scheme + ":…"
	case scheme == "sqlite":
		return url
	}
	place, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "?")
	if _, after, ok := strings.Cut(place, "@"); ok {
		place = after
	}
	return scheme + "://" + place
}

var (
	errUnknownScheme = errors.New("a database URL starts with sqlite: or postgres://")
	errAmbiguousURL  = errors.New("in a user's name or password write @ as %40, / as %2F, ? as %3F and # as %23: the URL can be read in more than one way")
	errPostgresURL   = errors.New("the database URL cannot be read (in a password write @ as %40, / as %2F and % as %25)")
)

// parsePostgres refuses what could be read in two ways. Of more than one @, pgx takes
// another for the end of the password than net/url does; and with a /, ? or # before
// it, a part of the password would be taken for the name of a host or a database, which
// are told to the log and to the network's name servers.
func parsePostgres(url string) (*pgx.ConnConfig, error) {
	scheme, rest, found := strings.Cut(url, "://")
	if !found || (scheme != "postgres" && scheme != "postgresql") {
		return nil, errUnknownScheme
	}
	user, _, has := strings.Cut(rest, "@")
	if strings.Count(rest, "@") > 1 || strings.Contains(rest, "#") || (has && strings.ContainsAny(user, "/?")) {
		return nil, errAmbiguousURL
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errPostgresURL // pgx's own text quotes the URL
	}
	return config, nil
}

// parseSQLite takes a path apart from the one parameter that it may carry:
// ?synchronous=full (the default: an acknowledged write lasts) or normal.
func parseSQLite(path string) (file, synchronous string, err error) {
	path, query, _ := strings.Cut(path, "?")
	parameters, err := url.ParseQuery(query)
	synchronous = "full"
	if parameters.Has("synchronous") {
		synchronous = strings.ToLower(parameters.Get("synchronous"))
		parameters.Del("synchronous")
	}
	if err != nil || len(parameters) > 0 || (synchronous != "full" && synchronous != "normal") {
		return "", "", errors.New("only ?synchronous=full or ?synchronous=normal may follow the path of an SQLite database")
	}
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return "", "", errors.New("an SQLite database needs the path of a file, as in sqlite:attributed.db")
	}
	if strings.HasPrefix(path, "//") && !strings.HasPrefix(path, "///") {
		return "", "", errors.New("after sqlite: comes the path of a file, without a host, as in sqlite:attributed.db or sqlite:/var/lib/attributed.db")
	}
	return path, synchronous, nil
}
