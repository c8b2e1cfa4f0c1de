package web

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestWhatIsServedIsWhatIsPinned fails where a version was raised and make vendor not run.
func TestWhatIsServedIsWhatIsPinned(t *testing.T) {
	text, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var pinned struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &pinned); err != nil {
		t.Fatal(err)
	}
	bundle, err := embedded.ReadFile("vendored/swagger-ui-bundle.js")
	if err != nil {
		t.Fatal(err)
	}
	if version := pinned.Dependencies["swagger-ui-dist"]; !bytes.Contains(bundle, []byte(`PACKAGE_VERSION:"`+version+`"`)) {
		t.Errorf("vendored/ is not swagger-ui-dist %s, which package.json names", version)
	}
}
