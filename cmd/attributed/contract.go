package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/cmd/commandline"
	"attributed/contract"
	"attributed/contract/report"
	"attributed/gen"
)

type contractCommand struct {
	Check contractCheckCommand `cmd:"" help:"Send good and bad requests to a server, and report where its answers break the spec. Makes things there and removes them again. Exit status: 0 no findings, 1 findings, 2 usage, 3 the server cannot be tested, or, with --strict, not all of it was, 130 interrupted."`
	Proxy contractProxyCommand `cmd:"" help:"Stand between a client and a server, and report where either breaks the spec."`
}

// errFindings ends a command whose report is its message.
var errFindings = errors.New("there are findings")

// errUnjudged ends a command with --strict that found nothing, and could not look at all.
var errUnjudged = errors.New("not everything was judged: see the notes above (--strict)")

// outcome is the error that a report ends a command with.
func outcome(result *contract.Report, fail, strict bool) error {
	switch {
	case fail && len(result.Findings) > 0:
		return errFindings
	case strict && result.Unjudged+result.Unchecked > 0:
		return errUnjudged
	}
	return nil
}

// specFlag is for commands that hold something against a spec.
type specFlag struct {
	Spec string `placeholder:"FILE" help:"OpenAPI 3.0, JSON or YAML, or lightdash: upstream's own operations without our additions, which is built in; default is the spec that attributed serves."`
}

func (f specFlag) read() (*openapi3.T, error) {
	switch f.Spec {
	case "":
		return gen.GetSpec()
	case "lightdash":
		return contract.Lightdash()
	}
	data, err := os.ReadFile(f.Spec)
	if err != nil {
		return nil, commandline.UsageError{Err: err}
	}
	spec, err := contract.ReadSpec(data)
	if err != nil {
		return nil, commandline.UsageError{Err: fmt.Errorf("%s is no OpenAPI 3.0 spec that can be read: %w", f.Spec, err)}
	}
	return spec, nil
}

// basePathFlag is for commands that meet a server under the spec's paths. Kong leaves
// a nil pointer where nothing was said; said and empty is another thing.
type basePathFlag struct {
	BasePath *string `placeholder:"PATH" help:"What stands before the spec's paths, as in /v2/api; may be empty. Default is what the spec's servers say, or nothing where the server answers only there."`
}

// reportFlags are for commands that end with a report.
type reportFlags struct {
	JUnit string `name:"junit" placeholder:"FILE" help:"Write the report as JUnit's XML, too."`
	JSON  string `name:"json" placeholder:"FILE" help:"Write the report as JSON, too."`

	Strict bool `help:"Exit with status 3 if there were no findings, and something was not judged: the report's notes name it."`

	Accept      string `placeholder:"FILE" help:"A reviewed list of known findings: only what is new is reported, and fails."`
	WriteAccept string `placeholder:"FILE" help:"Write all findings, those accepted already too, as such a list."`

	accepted []report.Accepted
}

// ready returns an error if a report could not be written, before the check starts rather
// than after it.
func (f *reportFlags) ready() error {
	for _, name := range []string{f.JUnit, f.JSON, f.WriteAccept} {
		if folder, err := os.Stat(filepath.Dir(name)); err != nil || !folder.IsDir() {
			return commandline.UsageError{Err: fmt.Errorf("%s cannot be written: its folder is not there", name)}
		}
	}
	return f.readAccepted()
}

// readAccepted reads the list of known findings.
func (f *reportFlags) readAccepted() error {
	if f.Accept == "" {
		return nil
	}
	file, err := os.Open(f.Accept)
	if err != nil {
		return commandline.UsageError{Err: err}
	}
	defer file.Close()
	if f.accepted, err = report.ReadAccepted(file); err != nil {
		return commandline.UsageError{Err: fmt.Errorf("%s: %w", f.Accept, err)}
	}
	return nil
}

// write writes a report everywhere, less what is accepted.
func (f *reportFlags) write(w io.Writer, result *contract.Report) error {
	result.Accept(f.accepted)
	list := func(w io.Writer) error { return result.WriteAccepted(w, f.accepted) }
	return errors.Join(writeText(w, result), writeFile(f.JUnit, result.WriteJUnit), writeFile(f.JSON, result.WriteJSON), writeFile(f.WriteAccept, list))
}

// writeText writes a report for people. What is too long for a line goes into files of a
// folder that is made for them, and stays, since the report names them.
func writeText(w io.Writer, result *contract.Report) error {
	folder := ""
	how := report.Text{Color: isTerminal(w), File: func(name string, content []byte) (path string, err error) {
		if folder == "" {
			if folder, err = os.MkdirTemp("", "attributed-contract-"); err != nil {
				return "", err
			}
		}
		path = filepath.Join(folder, name)
		return path, os.WriteFile(path, content, 0o600)
	}}
	return how.Write(w, result)
}

func writeFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

type contractCheckCommand struct {
	URL string `arg:"" help:"URL of the server, as in http://127.0.0.1:8080."`
	specFlag
	basePathFlag
	reportFlags
	Token      string   `placeholder:"TOKEN" variables:"ATTRIBUTED_TOKEN,TOKEN" help:"Token of somebody who may call all operations; USER:PASSWORD where the spec asks for HTTP Basic. Better set the variable: others can see arguments."`
	OtherToken string   `placeholder:"TOKEN" help:"Token of an admin of another organization, who must see nothing of what is made."`
	Operations []string `placeholder:"ID" help:"The operationIds to check; default all of the spec's, or of more than fifty what does no harm."`
	Users      []string `placeholder:"UUID" help:"Users of the organization; default what the server's own list has."`
	Groups     []string `placeholder:"UUID" help:"Groups of the organization; default what the server's own list has."`
	Seed       uint64   `placeholder:"N" help:"The same seed makes the same run; default a new one each time."`
	Cases      int      `default:"25" placeholder:"N" help:"Random good requests for each operation with a body, beside the fixed ones; default ${default}."`
	Timeout    period   `default:"10s" placeholder:"TIME" help:"Time for one answer; default ${default}."`
	Keep       bool     `help:"Leave on the server what was made there."`
}

func (c *contractCheckCommand) Run(ctx context.Context, std commandline.Streams) error {
	spec, err := c.read()
	if err != nil {
		return err
	}
	if err := c.ready(); err != nil {
		return err
	}
	bar := progressOn(std.Log, "checking")
	cfg := contract.Config{
		URL: c.URL, Spec: spec, BasePath: c.BasePath, Token: c.Token, OtherToken: c.OtherToken, Operations: c.Operations,
		References: map[string][]string{}, Seed: c.Seed, Cases: c.Cases, Timeout: time.Duration(c.Timeout), Keep: c.Keep,
		Progress: bar.show,
	}
	if cfg.Cases == 0 {
		cfg.Cases = -1
	}
	if cfg.Seed == 0 {
		cfg.Seed = uint64(rand.Uint32())
	}
	if len(c.Users) > 0 {
		cfg.References["userUuid"] = c.Users
	}
	if len(c.Groups) > 0 {
		cfg.References["groupUuid"] = c.Groups
	}
	result, err := contract.Check(ctx, cfg)
	bar.clear()
	switch {
	case errors.Is(err, contract.ErrUntestable) && result == nil:
		return err
	case err != nil && result == nil && ctx.Err() == nil:
		return commandline.UsageError{Err: err}
	case result == nil:
		return err
	}
	if failed := errors.Join(c.write(std.Out, result), err); failed != nil {
		return failed
	}
	return outcome(result, true, c.Strict)
}

type contractProxyCommand struct {
	Upstream string `required:"" placeholder:"URL" help:"The server to pass requests on to."`
	specFlag
	basePathFlag
	reportFlags
	Listen  address `default:"127.0.0.1:8081" placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one; default ${default}."`
	Enforce bool    `help:"Answer 422 to a request that breaks the spec, and 502 in place of an answer that does."`
	Fail    bool    `help:"Exit with status 1 if there were findings."`
	MaxBody size    `default:"1MiB" placeholder:"SIZE" help:"The largest body that is checked; larger ones pass unchecked; default ${default}."`
}

func (c contractProxyCommand) Validate() error {
	if u, err := url.Parse(c.Upstream); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("--upstream: write http://HOST:PORT")
	}
	return nil
}
