package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const regions = `attributes:
  - name: sales_region
    description: Where a person sells
    default: none
    groups:
      EMEA: Europe
    users:
      ada@example.com: EMEA
      bob@example.com: APAC
  - name: team
    default: null
    users:
      bob@example.com: ""
`

func TestAttributesAsCode(t *testing.T) {
	eachServerThereIs(t, func(t *testing.T, s *site) {
		attributes := file(t, "attributes.yaml", regions)

		plan := s.must(t, "plan", "-f", attributes)
		want := `+ create "sales_region"
~     description: "" → "Where a person sells"
~     default: null → "none"
+     group "EMEA": "Europe"
+     user "ada@example.com": "EMEA"
+     user "bob@example.com": "APAC"
+ create "team"
+     user "bob@example.com": ""
Attributes: 2 to create, 0 to change, 0 to remove. Values: 4 to set, 0 to change, 0 to clear.
`
		if diff := cmp.Diff(want, plan.stdout); diff != "" {
			t.Errorf("plan, -want +got:\n%s", diff)
		}
		if got := s.exported(t); got != "attributes: []\n" {
			t.Fatalf("a plan has changed something: %s", got)
		}
		s.must(t, "apply", "--yes", "-f", attributes)
		if diff := cmp.Diff(regions, s.exported(t)); diff != "" {
			t.Fatalf("applied, -want +got:\n%s", diff)
		}
		if again := s.must(t, "apply", "--yes", "-f", attributes); again.stdout != "Nothing to do.\n" {
			t.Errorf("applied twice: %s", again.stdout)
		}

		// By hand: another value, one more, an attribute more.
		s.apply(t, `{"attributes": [{"name": "sales_region", "users": {"ada@example.com": "US", "eve@example.com": "US"}}, {"name": "by_hand"}]}`)
		for _, tt := range []struct{ prune, want string }{
			{"none", `~ change "sales_region"
~     user "ada@example.com": "US" → "EMEA"
Attributes: 0 to create, 1 to change, 0 to remove. Values: 0 to set, 1 to change, 0 to clear.
`},
			{"values", `~ change "sales_region"
~     user "ada@example.com": "US" → "EMEA"
-     user "eve@example.com": "US"
Attributes: 0 to create, 1 to change, 0 to remove. Values: 0 to set, 1 to change, 1 to clear.
`},
			{"attributes", `- remove "by_hand"
~ change "sales_region"
~     user "ada@example.com": "US" → "EMEA"
-     user "eve@example.com": "US"
Attributes: 0 to create, 1 to change, 1 to remove. Values: 0 to set, 1 to change, 1 to clear.
`},
		} {
			got := s.run(t, "plan", "-f", attributes, "--exit-code", "--prune", tt.prune)
			if diff := cmp.Diff(tt.want, got.stdout); exitStatus(got.err) != 3 || diff != "" {
				t.Errorf("prune %s: exit %d (%v), -want +got:\n%s", tt.prune, exitStatus(got.err), got.err, diff)
			}
		}
		s.must(t, "apply", "--yes", "-f", attributes)
		if got := s.exported(t); !strings.Contains(got, "eve@example.com: US") || !strings.Contains(got, "by_hand") {
			t.Errorf("what the file does not name is touched:\n%s", got)
		}
		s.must(t, "apply", "--yes", "-f", attributes, "--prune", "attributes")
		if diff := cmp.Diff(regions, s.exported(t)); diff != "" {
			t.Errorf("pruned, -want +got:\n%s", diff)
		}
		if got := s.run(t, "plan", "-f", attributes, "--exit-code", "--prune=attributes"); got.err != nil {
			t.Errorf("nothing to do: %v\n%s", got.err, got.stdout)
		}
		s.apply(t, "attributes: [{name: sales_region, description: \"\", default: null}]")
		if got := s.exported(t); strings.Contains(got, "Where") || strings.Contains(got, "none") || !strings.Contains(got, "EMEA: Europe") {
			t.Errorf("cleared:\n%s", got)
		}
	})
}

func TestAKeptPlan(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		attributes, kept := file(t, "attributes.yaml", regions), filepath.Join(t.TempDir(), "plan.json")
		s.apply(t, "attributes: [{name: team, users: {eve@example.com: Red}}]")
		s.must(t, "plan", "-f", attributes, "--out", kept)
		if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the plan has values, and can be read by others: %v", info.Mode())
		}

		s.apply(t, "attributes: [{name: team, users: {eve@example.com: Blue}}]")
		before := s.exported(t)
		got := s.run(t, "apply", "--yes", "--plan", kept)
		if exitStatus(got.err) != 1 || !strings.Contains(got.err.Error(), `"team"`) || s.exported(t) != before {
			t.Errorf("the ground has shifted: %v\n%s", got.err, s.exported(t))
		}

		s.apply(t, "attributes: [{name: team, users: {eve@example.com: Red}}]")
		s.apply(t, strings.Split(regions, "  - name: team")[0]) // as if it had been interrupted in the middle
		s.must(t, "apply", "--yes", "--plan", kept)
		if want := strings.TrimSuffix(regions, "\n") + "\n      eve@example.com: Red\n"; s.exported(t) != want {
			t.Errorf("applied, -want +got:\n%s", cmp.Diff(want, s.exported(t)))
		}
		if again := s.must(t, "apply", "--yes", "--plan", kept); !strings.Contains(again.stderr, "Done") {
			t.Errorf("again: %s", again.stderr)
		}
	})
}

func TestMistakesAreToldAllAtOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, s *site) {
		text := `attributes:
  - name: a
    users:
      adda@example.com: x
      bob@example.com: x
      BOB@example.com: y
    groups:
      EMAE: x
      US: ` + strings.Repeat("é", 256) + `
  - name: a
  - name: ""
  - name: b
    descriptionn: x
  - name: c
    users:
      eve@example.com:
`
		path := file(t, "attributes.yaml", text)
		got := s.run(t, "plan", "-f", path)
		if exitStatus(got.err) != 1 || got.stdout != "" {
			t.Fatalf("exit %d %v\n%s", exitStatus(got.err), got.err, got.stdout)
		}
		for _, want := range []string{
			path + `:13: an attribute has no field "descriptionn" (did you mean "description"?)`,
			path + `:16: "eve@example.com" has no value`,
		} {
			if !strings.Contains(got.stderr, want) {
				t.Errorf("told\n%swithout %s", got.stderr, want)
			}
		}
		text = strings.Split(text, "  - name: b")[0]
		path = file(t, "attributes.yaml", text)
		for _, command := range [][]string{{"plan"}, {"apply", "--yes"}} {
			got = s.run(t, append(command, "-f", path)...)
			want := path + `:4: the server has no person with the e-mail "adda@example.com" (did you mean "ada@example.com"?)
` + path + `:6: user "BOB@example.com" has a value at ` + path + `:5 already
` + path + `:8: the server has no group "EMAE" (did you mean "EMEA"?)
` + path + `:9: the value of group "US" has 256 characters, and may have 255
` + path + `:10: the attribute "a" is at ` + path + `:2 already
` + path + `:11: an attribute's name is empty
`
			if diff := cmp.Diff(want, got.stderr); exitStatus(got.err) != 1 || diff != "" {
				t.Errorf("%v, -want +got:\n%s", got.err, diff)
			}
		}
		if got := s.exported(t); got != "attributes: []\n" {
			t.Errorf("something was sent: %s", got)
		}
		got = s.apply(t, "attributes: [{name: a, users: {nobody@example.com: x, eve@example.com: z}}]", "--skip-unknown")
		if !strings.Contains(got.stderr, "nobody@example.com") || !strings.Contains(s.exported(t), "eve@example.com: z") {
			t.Errorf("--skip-unknown: %s", got.stderr)
		}
		for _, tt := range []struct{ name, text, want string }{
			{"bad.yaml", "attributes:\n  - name: [a\n", ":2: this is not YAML"},
			{"bad.yaml", "attributes:\n  - name: a\n   default: b\n", ":2: this is not YAML"},
			{"bad.yaml", "attributes:\n  - name: a: b\n", ":2: this is not YAML"},
			{"bad.yaml", "attributes:\n\t- name: a\n", ":2: this is not YAML"},
			{"bad.yaml", "a: b: c", ":1: this is not YAML"},
			{"bad.json", "{\"attributes\": [\n{\"name\" \"a\"}]}", ":2: this is not JSON"},
			{"bad.yaml", "attributes:\n  - name: \"\xff\"\n", ":2: this is not UTF-8"},
			{"bad.yaml", "", "there is nothing in it"},
			{"bad.yaml", "attribute: []", `(did you mean "attributes"?)`},
		} {
			path := file(t, tt.name, tt.text)
			if got := s.run(t, "plan", "-f", path); exitStatus(got.err) != 1 || !strings.Contains(got.stderr, path) || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("%q: %v %s, want %s", tt.text, got.err, got.stderr, tt.want)
			}
		}
	})
}
