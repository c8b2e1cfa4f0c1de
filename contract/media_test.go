package contract_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"attributed/contract"
	. "attributed/contract/contracttest"
	"attributed/contract/proxy"
	"attributed/contract/report"
)

// TestWhatIsNotJudgedIsNamed has a server that answers what the spec lists, in part not in JSON.
func TestWhatIsNotJudgedIsNamed(t *testing.T) {
	f := &foreign{request: named("")}
	spec := f.spec(t)
	listed := spec.Paths.Value("/things").Get.Responses.Value("200").Value.Content
	listed["text/csv"] = &openapi3.MediaType{Schema: openapi3.NewSchemaRef("", openapi3.NewStringSchema())}
	f.inPlace = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/things" || r.Method != "GET" {
			return false
		}
		w.Header().Set("Content-Type", "text/csv; header=present")
		io.WriteString(w, "id,name\n")
		return true
	}
	result := Check(t, contract.Config{URL: Listen(t, f), Spec: spec, Cases: -1})
	if len(result.Findings) > 0 || len(result.Notes) != 1 || !strings.HasPrefix(result.Notes[0], "list: bodies in text/csv were not judged (") {
		t.Error(TextOf(t, result))
	}
}

// TestProxyTakesOtherMediaTypes lets right answers through, and holds wrong ones back.
func TestProxyTakesOtherMediaTypes(t *testing.T) {
	for _, media := range []string{"application/json; charset=utf-8", "Application/JSON", "application/hal+json", "application/vnd.x+json; version=1"} {
		f := &foreign{request: named(""), media: media}
		spec := f.spec(t)
		upstream := Listen(t, f)
		p, err := proxy.New(proxy.Config{Upstream: upstream, Spec: spec, Enforce: true})
		if err != nil {
			t.Fatal(err)
		}
		url := Listen(t, p)
		as := func(r *http.Request) { r.Header.Set("Content-Type", media) }
		if status, text := Ask(t, "POST", url+"/things", "", `{"name":"a"}`, as); status != 200 {
			t.Errorf("%s: %d %s", media, status, text)
		}
		if status, _ := Ask(t, "POST", url+"/things", "", `{"name":5}`, as); status != 422 {
			t.Errorf("%s: a bad request: %d", media, status)
		}
		if result := p.Report(); len(result.Findings) != 1 || result.Findings[0].Class != report.RequestInvalid {
			t.Errorf("%s: %s", media, TextOf(t, result))
		}
		f.mu.Lock()
		f.shown = Set("name", 5)
		f.mu.Unlock()
		if status, _ := Ask(t, "GET", url+"/things/t0001", "", ""); status != 502 {
			t.Errorf("%s: a bad answer: %d", media, status)
		}
	}
}
