package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attributed/ascode"
)

// hostile texts are read by YAML as something else, or not at all, unless they are quoted.
var hostile = []string{
	`"`, `'`, "it's \"quoted\"", "a: b", "a #b", "{{ ld.x }}", "a\nb", "a\r\nb", "a\rb", "line\u2028end", "next\u0085line", "a\n", "\n", " leading", "trailing ", "\ttab",
	"yes", "No", "null", "~", "1e3", "0x1F", "007", "1_000", "2024-01-01", "12:30:45", "true", ".inf", "<<", "=", "-", "- a", "? a", "!tag", "&a", "*a", "%a", "@a", "`a", "|", ">", "[a]", "{a: b}", ",",
	"😀 emoji", "👩‍👩‍👧", "\ufeffmark", "\u007f", "\u0001", "é", "e\u0301", "\\n", "---", "...", "uuid:x", "名前", "a" + strings.Repeat("b", 250), strings.Repeat("😀 ", 100),
}

// hostileFile has each of them as a name, description, default and value.
func hostileFile(t *testing.T) string {
	t.Helper()
	var all []map[string]any
	for i, text := range hostile {
		all = append(all, map[string]any{
			"name": text, "description": text, "default": text,
			"users": map[string]string{"ada@example.com": text}, "groups": map[string]string{"EMEA": text, "US": hostile[(i+1)%len(hostile)]},
		})
	}
	data, err := json.Marshal(map[string]any{"attributes": all})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestHostileNamesComeBack(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		s.must(t, "apply", "--yes", "-f", file(t, "attributes.json", hostileFile(t)))
		_, list := s.call(t, "GET", "attributes", nil)
		for _, format := range []string{"yaml", "json"} {
			first := s.must(t, "export", "--format", format).stdout
			if second := s.must(t, "export", "--format", format).stdout; second != first {
				t.Error("a second export differs")
			}
			exported := file(t, "exported."+format, first)
			if got := s.run(t, "plan", "-f", exported, "--exit-code", "--prune=attributes"); got.err != nil {
				t.Errorf("%s: the export is not what is there: %v\n%s%s", format, got.err, got.stdout, got.stderr)
			}
			s.apply(t, "attributes: []", "--prune=attributes")
			if got := s.exported(t); got != "attributes: []\n" {
				t.Fatalf("not pruned: %s", got)
			}
			s.must(t, "apply", "--yes", "-f", exported)
			if again := s.must(t, "export", "--format", format).stdout; again != first {
				t.Errorf("%s, exported and applied to an empty one, -want +got:\n%s", format, cmp.Diff(first, again))
			}
		}
		if _, again := s.call(t, "GET", "attributes", nil); len(again.([]any)) != len(list.([]any)) || len(again.([]any)) != len(hostile) {
			t.Errorf("%d attributes, want %d", len(again.([]any)), len(hostile))
		}
	})
}

// Whom a name does not tell apart is written by uuid, and found by it.
func TestWhoHasNoNameOfTheirOwn(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		_, groups := s.call(t, "GET", "groups", nil)
		uuids := map[string]string{}
		for _, group := range groups.(map[string]any)["data"].([]any) {
			uuids[group.(map[string]any)["name"].(string)] = group.(map[string]any)["uuid"].(string)
		}
		s.apply(t, `attributes: [{name: a, groups: {"uuid:`+strings.ToUpper(uuids["EMEA"])+`": x, US: y}}]`)
		if got := s.exported(t); !strings.Contains(got, "EMEA: x") || !strings.Contains(got, "US: \"y\"") {
			t.Errorf("exported:\n%s", got)
		}
		got := s.run(t, "plan", "-f", file(t, "a.yaml", `attributes: [{name: a, groups: {"uuid:`+uuids["EMEA"]+`": x, EMEA: y, "uuid:`+uuids["EMEA"][:35]+`": z}}]`))
		for _, want := range []string{`group "EMEA" has a value at`, "the server has no group with the uuid"} {
			if !strings.Contains(got.stderr, want) {
				t.Errorf("told %swithout %s", got.stderr, want)
			}
		}
	})
}

func TestUpstreamsSetupIsRead(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		s.apply(t, `[
  {"name": "a", "description": "\ud83d\ude00", "attributeDefault": "x", "groups": [{"group": "EMEA", "value": "e"}, {"group": "US", "values": ["u"]}]},
  {"name": "b", "attributeDefault": null, "groups": []},
  {"name": "c", "attributeDefault": ["z"]}
]`)
		want := "attributes:\n  - name: a\n    description: \"\\U0001F600\"\n    default: x\n    groups:\n      EMEA: e\n      US: u\n  - name: b\n    default: null\n  - name: c\n    default: z\n"
		if diff := cmp.Diff(want, s.exported(t)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestTheSchemaIsForEditors(t *testing.T) {
	got := once(t, nil, "export", "--schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(got.stdout), &schema); got.err != nil || err != nil {
		t.Fatal(got.err, err)
	}
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	if got := s.must(t, "export"); !strings.HasPrefix(got.stdout, "# yaml-language-server: $schema="+ascode.SchemaURL+"\n") {
		t.Errorf("exported without the line for editors:\n%s", got.stdout)
	}
}

func TestValuesAreHidden(t *testing.T) {
	s := newSite(t, "sqlite:"+t.TempDir()+"/test.db")
	s.apply(t, "attributes: [{name: a, default: secret1, users: {ada@example.com: secret2}}]")
	path := file(t, "a.yaml", "attributes: [{name: a, default: secret3, users: {ada@example.com: secret4, bob@example.com: secret5}}]")
	for _, format := range []string{"text", "json", "markdown"} {
		got := s.must(t, "plan", "-f", path, "--hide-values", "--format", format)
		if strings.Contains(got.stdout+got.stderr, "secret") || !strings.Contains(got.stdout, "bob@example.com") {
			t.Errorf("%s:\n%s", format, got.stdout)
		}
		if got := s.must(t, "plan", "-f", path, "--format", format); !strings.Contains(got.stdout, "secret5") {
			t.Errorf("%s, not hidden:\n%s", format, got.stdout)
		}
	}
	if got := s.must(t, "apply", "-f", path, "--hide-values", "--yes"); strings.Contains(got.stdout+got.stderr, "secret") {
		t.Errorf("apply:\n%s%s", got.stdout, got.stderr)
	}
}
