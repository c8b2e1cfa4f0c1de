package ascode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"attributed/gen/client"
)

// Server is one that has attributes: ours, or a real Lightdash.
type Server struct {
	url      string
	api      client.ClientInterface
	http     retrying
	token    string
	features features
}

// features are what a server offers beyond what every Lightdash does.
type features struct {
	one         bool // it answers one attribute with its version, and binds a change to that
	many        bool // it sets many values in one call, and leaves the others
	several     bool // an entry has several values
	manySeveral bool // also where many are set in one call
	roomForOne  bool // an entry has a list with room for one value, as attributed beside an older Lightdash
	idempotency bool // it knows a call that comes again by its key
}

// Connect returns the server at a URL, whose spec it asks for. A timeout is for one answer.
func Connect(ctx context.Context, url, token string, timeout time.Duration) (*Server, error) {
	s := &Server{url: strings.TrimRight(url, "/"), http: newRetrying(timeout), token: token}
	api, err := client.NewClient(s.url, client.WithHTTPClient(s.http), client.WithRequestEditorFn(s.authorize))
	if err != nil {
		return nil, err
	}
	s.api = api
	return s, s.readSpec(ctx)
}

func (s *Server) authorize(_ context.Context, request *http.Request) error {
	if s.token != "" {
		request.Header.Set("Authorization", "ApiKey "+s.token)
	}
	return nil
}

// readSpec learns the features from /openapi.json. What is not a spec counts as none: a real
// Lightdash answers there with its web page.
func (s *Server) readSpec(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/openapi.json", nil)
	if err != nil {
		return err
	}
	response, err := s.http.Do(request)
	if err != nil {
		return unreachable(s.url, err)
	}
	defer response.Body.Close()
	var spec struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Parameters  []struct {
				Name string `json:"name"`
			} `json:"parameters"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]struct {
				Properties map[string]json.RawMessage `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, specLimit)).Decode(&spec) != nil {
		return ctx.Err()
	}
	for _, operations := range spec.Paths {
		for _, operation := range operations {
			switch operation.OperationID {
			case "getUserAttribute":
				s.features.one = true
			case "setUserAttributeValues":
				s.features.many = true
			case "createUserAttribute":
				for _, parameter := range operation.Parameters {
					s.features.idempotency = s.features.idempotency || parameter.Name == "Idempotency-Key"
				}
			}
		}
	}
	_, s.features.several = spec.Components.Schemas["UserAttributeValue"].Properties["values"]
	many, manySeveral := spec.Components.Schemas["ChangeUserValue"].Properties["values"]
	s.features.manySeveral = manySeveral
	var list struct{ MaxItems int }
	s.features.roomForOne = manySeveral && json.Unmarshal(many, &list) == nil && list.MaxItems == 1
	return nil
}

// specLimit is more than the spec of a whole Lightdash takes.
const specLimit = 64 << 20

// unreachable says what to do about a server that does not answer.
func unreachable(url string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s does not answer: make sure that it is there, or name another with --url: %w", url, err)
}

// Refusal is an answer by which a server refuses something.
type Refusal struct {
	Status  int
	Message string
}

func (r *Refusal) Error() string {
	text := fmt.Sprintf("the server answers %d", r.Status)
	if r.Message != "" {
		text += ": " + r.Message
	}
	switch r.Status {
	case http.StatusUnauthorized:
		text += " (is the token in ATTRIBUTED_TOKEN good?)"
	case http.StatusForbidden:
		text += " (the token has to be an admin's)"
	}
	return text
}

// read decodes an answer. It takes any 2xx: a real Lightdash answers 201 where the spec says 200.
func (s *Server) read(response *http.Response, err error, into any) error {
	if err != nil {
		return unreachable(s.url, err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		var payload client.ApiErrorPayload
		data, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		_ = json.Unmarshal(data, &payload) // where it is none, the status has to do
		message := ""
		if payload.Error.Message != nil {
			message = *payload.Error.Message
		}
		return &Refusal{response.StatusCode, message}
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		if _, syntax := errors.AsType[*json.SyntaxError](err); syntax {
			return fmt.Errorf("%s answers with what is not JSON: does --url name a Lightdash or attributed?", s.url)
		}
		return fmt.Errorf("%s: the answer cannot be read: %w", s.url, err)
	}
	return nil
}
