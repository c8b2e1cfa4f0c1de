package contract

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract/report"
	"attributed/contract/spec"
)

// Config says what to check, and how. URL and Spec are needed; other zero values
// are good defaults.
type Config struct {
	URL   string      // of the server; base path and the spec's paths are added to it
	Spec  *openapi3.T // OpenAPI 3.0, with its references resolved
	Token string      // of somebody who may call all operations; "" sends none

	// BasePath stands between URL and the spec's paths; it may be empty. Nil is what the
	// spec's servers say, or nothing where the server answers only there: the first
	// requests try both, and a note says so where it is not as the spec says.
	BasePath *string

	// OtherToken is one of another organization, which must see nothing of what is
	// made with Token; "" leaves that out.
	OtherToken string

	// Operations are the operationIds to check; none is all of the spec's, or of more than fifty what can be
	// checked without harm: reads, and the lives of things that can be removed again. The others
	// are still called where they are needed, to make, find and remove things.
	Operations []string

	// References are values that exist on the server, by the name of the property or
	// parameter that refers to them, such as "userUuid". What is missing is taken from
	// the server's own lists, where the spec has some.
	References map[string][]string

	Seed    uint64        // of all choices: the same seed makes the same run
	Cases   int           // good cases with random values for each operation with a body, beside the fixed ones; 0 is 25, less is none
	Timeout time.Duration // for one answer; 0 is 10 s
	Keep    bool          // leave on the server what was made there

	// OnFinding is called with each new finding; it may be nil. Who has seen enough ends ctx.
	OnFinding func(report.Finding)

	// Progress is called after each step with how many are done; it may be nil.
	Progress func(done, total int)
}

// What a check finds, under the names that whoever calls [Check] needs of it.
type (
	Report  = report.Report
	Finding = report.Finding
	Class   = report.Class
)

// ErrUntestable is in every error of [Check] that is about the server: it cannot be
// reached, refuses the token, or is no such server at all.
var ErrUntestable = errors.New("the server cannot be tested")

func untestable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUntestable, fmt.Sprintf(format, args...))
}

// manyOperations is how many a server may have to be checked whole: beyond, the spec is one of everything
// that it does, and calling all of that is never meant. What can be done without harm is picked then.
const manyOperations = 50

// normal returns cfg with its defaults, and its operations.
func (cfg Config) normal() (Config, []*spec.Operation, error) {
	if u, err := url.Parse(cfg.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return cfg, nil, fmt.Errorf("%q is no URL of a server: write http://HOST:PORT", cfg.URL)
	}
	if strings.ContainsAny(cfg.URL, "?#") {
		return cfg, nil, fmt.Errorf("%q has a query or a fragment: write where the spec's paths begin, as in http://HOST:PORT", cfg.URL)
	}
	for _, token := range []string{cfg.Token, cfg.OtherToken} {
		if strings.ContainsFunc(token, unicode.IsControl) {
			return cfg, nil, errors.New("a token holds a line end or another control character, which no header can")
		}
	}
	if cfg.Spec == nil {
		return cfg, nil, errors.New("there is no spec to check against")
	}
	if cfg.Cases == 0 {
		cfg.Cases = 25
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if err := spec.CheckBasePath(cfg.BasePath); err != nil {
		return cfg, nil, err
	}
	cfg.URL = strings.TrimSuffix(cfg.URL, "/")
	all, err := spec.Operations(cfg.Spec)
	if err != nil {
		return cfg, nil, err
	}
	if op := all[0]; cfg.Token != "" && op.TokenPlace().Basic && !strings.Contains(cfg.Token, ":") {
		return cfg, nil, errors.New("the spec asks for a user and a password (http basic): give USER:PASSWORD as the token")
	}
	for _, id := range cfg.Operations {
		if !slices.ContainsFunc(all, func(op *spec.Operation) bool { return op.ID == id }) {
			return cfg, nil, fmt.Errorf("the spec has no operation %q", id)
		}
	}
	return cfg, all, nil
}
