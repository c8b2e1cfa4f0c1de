package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"attributed/gen"
	"attributed/openapi"
	"attributed/openapi/diff"
	"attributed/server/rest"
)

// wholeFlags are for hosting a whole spec.
type wholeFlags struct {
	Spec         string   `placeholder:"FILE" help:"A whole spec to host, OpenAPI 3.0, or of 3.1 what 3.0 can say, in JSON or YAML, gzipped or not: what of it attributed does not implement is answered as --rest says."`
	Rest         restMode `default:"501" placeholder:"HOW" help:"How that is answered: 501 (it is not implemented), mock (from its schemas and examples) or proxy=URL (by the Lightdash there, with the caller's token); default ${default}."`
	MockSeed     uint64   `default:"1" placeholder:"N" help:"Another seed makes other mocks; default ${default}."`
	SpecMismatch string   `default:"warn" enum:"warn,refuse" placeholder:"MODE" help:"Where the whole spec has what attributed implements in another form: warn (say so at the start) or refuse (do not start); default ${default}."`
}

// restMode is how what is not implemented is answered, as it is given.
type restMode string

// how returns what it comes to, and of a proxy the address behind it.
func (m restMode) how() (rest.How, *url.URL, error) {
	at, proxy := strings.CutPrefix(string(m), "proxy=")
	switch u, err := url.Parse(at); {
	case m == "501":
		return rest.None, nil, nil
	case m == "mock":
		return rest.Mock, nil, nil
	case proxy && err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "":
		return rest.Proxy, u, nil
	}
	return "", nil, errors.New("write 501, mock or proxy=URL, as in proxy=https://lightdash.example.com, without a password")
}

// Validate returns an error for what is none of the ways.
func (m restMode) Validate() error {
	_, _, err := m.how()
	return err
}

// read reads the whole spec, or returns nil where none is named. All that may be wrong with it is found here,
// before a port is opened.
func (f wholeFlags) read(ctx context.Context, log *slog.Logger) (*rest.Whole, error) {
	if f.Spec == "" {
		return nil, nil
	}
	data, err := readBounded(f.Spec)
	if err != nil {
		return nil, err
	}
	own, err := gen.GetSpecJSON()
	if err != nil {
		return nil, err
	}
	how, upstream, err := f.Rest.how()
	if err != nil {
		return nil, err
	}
	whole, err := rest.Read(data, own, how)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be hosted: %w", f.Spec, err)
	}
	whole.Seed = f.MockSeed
	if how == rest.Proxy {
		whole.Upstream = rest.NewUpstream(upstream, 0)
	}
	if len(whole.Lowered) > 0 {
		log.InfoContext(ctx, "the spec that is hosted is OpenAPI 3.1, and put as 3.0 says it", "spec", f.Spec, "places", len(whole.Lowered), "first", whole.Lowered[0].Place)
		spec, _, err := openapi.ReadAny(data)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be hosted: %w", f.Spec, err)
		}
		data = spec.Root.Encode()
	}
	verdict, differ, err := diff.Implemented(data)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s cannot be hosted: %w", f.Spec, err)
	case len(differ) == 0:
	case f.SpecMismatch == "refuse":
		return nil, fmt.Errorf("%s has %s in another form than attributed implements: %s (--spec-mismatch=warn hosts it all the same)", f.Spec, strings.Join(differ, ", "), verdict)
	default:
		log.WarnContext(ctx, "the spec that is hosted has operations in another form than this program implements, which stays as it is", "spec", f.Spec, "verdict", verdict, "operations", differ)
	}
	log.InfoContext(ctx, "hosting a whole spec", "spec", f.Spec, "operations", len(whole.Operations), "rest", string(f.Rest))
	return whole, nil
}

// readBounded reads no more of a file than a spec may have.
func readBounded(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, openapi.MaxSize+1))
}
