package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"attributed/cmd/commandline"
)

type readyCommand struct {
	listenFlag
	URL     serverURL `arg:"" optional:"" placeholder:"URL" help:"Of the server, as in http://127.0.0.1:8080; default is where serve would listen with the same flag or variable."`
	Timeout period    `default:"5s" placeholder:"TIME" help:"For the answer; default ${default}."`
}

// Run returns nil if the server says that requests can be sent to it.
func (c *readyCommand) Run(ctx context.Context, std commandline.Streams) error {
	address, err := c.address()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if ended := context.Cause(ctx); errors.Is(ended, context.DeadlineExceeded) {
		return fmt.Errorf("%s does not answer within %v", address, time.Duration(c.Timeout))
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s does not answer: %w", address, failed.Err)
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s%s", address, response.Status, reason(response.Body))
	}
	_, err = fmt.Fprintln(std.Out, "ready")
	return err
}

// address returns where the server says whether it is ready.
func (c *readyCommand) address() (string, error) {
	if c.URL != "" {
		return url.JoinPath(string(c.URL), "readyz")
	}
	if strings.HasSuffix(string(c.Listen), ":0") {
		return "", commandline.UsageError{Err: fmt.Errorf("%s is any free port: name the one that the server has got, as in http://127.0.0.1:8080", c.Listen)}
	}
	return "http://" + c.Listen.reachable() + "/readyz", nil
}

// reason returns what an answer in the API's form says of itself, after a colon.
func reason(body io.Reader) string {
	var told struct{ Error struct{ Message string } }
	if json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&told) != nil || told.Error.Message == "" {
		return ""
	}
	return ": " + cell(told.Error.Message)
}
