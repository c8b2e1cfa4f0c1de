package wire

import (
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"attributed/contract/spec"
)

// TestCurlOfALongPassword: base64 as a shell has it begins a new line after 76 characters, which no header can.
func TestCurlOfALongPassword(t *testing.T) {
	basic := openapi3.NewSecurityScheme().WithType("http").WithScheme("basic")
	described := &openapi3.T{
		Components: &openapi3.Components{SecuritySchemes: openapi3.SecuritySchemes{"basic": {Value: basic}}},
		Security:   openapi3.SecurityRequirements{{"basic": {}}},
	}
	one := Call{
		Op:     &spec.Operation{Route: &routers.Route{Spec: described, Operation: &openapi3.Operation{}}},
		Method: "GET", Path: "/", As: Credential{Token: "x", Name: "TOKEN", Scheme: "Unknown"},
	}
	token := "ann:" + strings.Repeat("Wonder-1and", 10)
	shell := exec.CommandContext(t.Context(), "sh", "-c", `curl() { printf '%s\n' "$@"; }; `+one.Curl("http://localhost"))
	shell.Env = append(shell.Environ(), "TOKEN="+token)
	sent, err := shell.Output()
	if want := "\nAuthorization: Unknown " + base64.StdEncoding.EncodeToString([]byte(token)) + "\n"; err != nil || !strings.Contains(string(sent), want) {
		t.Errorf("%v: %s", err, sent)
	}
}
