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
	var one struct{ UUID string }
	c.results(t, method, path, body, &one)
	return one.UUID
}

// names are those of all attributes, in the order of the list: of two that were made within a
// millisecond the later may come last.
func (c client) names(t *testing.T) (names []string) {
	t.Helper()
	var all []struct{ Name string }
	c.results(t, http.MethodGet, "attributes", nil, &all)
	for _, one := range all {
		names = append(names, one.Name)
	}
	return names
}

// results makes a call that has to succeed, and takes its results.
func (c client) results(t *testing.T, method, path string, body map[string]any, into any) {
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
	answer := struct{ Results any }{into}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v", method, path, response.Status, err)
	}
}

// create creates an attribute without values, and returns its uuid.
func (c client) create(t *testing.T, name string) string {
	t.Helper()
	return c.call(t, http.MethodPost, "attributes", map[string]any{"name": name, "attributeDefault": nil, "users": []any{}, "groups": []any{}})
}
