//go:build system

package system

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// Names that would do something if they were taken for HTML, for an attribute's end, or for the
// direction of what comes after; and the longest, in characters of two units in JavaScript.
const hostile = `<img src=x onerror="document.title=1"><script>document.title=2</script>'&amp;` + "\u202e\u0661" + `😀`

// client calls the API of a server beside the page.
type client struct{ address, token string }

// call makes a call that has to succeed, and returns the uuid of what it answers with, if that has one.
func (c client) call(t *testing.T, method, path string, body map[string]any) string {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+c.address+"/api/v1/org/"+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "ApiKey "+c.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Results struct{ UUID string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v", method, path, response.Status, err)
	}
	return answer.Results.UUID
}

// create creates an attribute without values, and returns its uuid.
func (c client) create(t *testing.T, name string) string {
	t.Helper()
	return c.call(t, http.MethodPost, "attributes", map[string]any{"name": name, "attributeDefault": nil, "users": []any{}, "groups": []any{}})
}
