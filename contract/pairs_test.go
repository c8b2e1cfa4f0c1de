package contract_test

import (
	"slices"
	"strings"
	"testing"

	. "attributed/contract/contracttest"
)

const tags = `, "tag": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}`

// twoForms keeps a tag and tags as two forms of the same, of which one has to be sent.
func twoForms() *foreign {
	needed := `"not": {"allOf": [{"not": {"required": ["tag"]}}, {"not": {"required": ["tags"]}}]}, `
	return &foreign{request: strings.Replace(named(tags), "{", "{"+needed, 1), answer: named(tags), mended: func(o Object) {
		list, ok := o["tags"].([]any)
		one, there := o["tag"].(string)
		_, hasOne := o["tag"]
		_, hasSeveral := o["tags"]
		switch {
		case hasOne && !there, hasSeveral && !ok: // which the schema refuses
		case ok && len(list) > 0:
			o["tag"] = list[0]
		case there && one != "":
			o["tags"] = []any{one}
		case there && o["tags"] == nil, ok:
			o["tag"], o["tags"] = "", []any{}
		}
	}}
}

func TestTwoFormsOfTheSame(t *testing.T) {
	first := func(o Object) any {
		if list, ok := o["tags"].([]any); ok && len(list) > 0 {
			return list[0]
		}
		return nil
	}
	for _, tt := range []struct {
		name, want string // a part of a fault; "" is none
		server     func() *foreign
	}{
		{"one that is the first of the others", "", twoForms},
		{"one that may be sent as a list, too", "", func() *foreign {
			f := twoForms()
			f.request = strings.Replace(f.request, `"tag": {"type": "string"}`, `"tag": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}`, 1)
			both := f.mended
			f.mended = func(o Object) {
				if list, ok := o["tag"].([]any); ok && !slices.ContainsFunc(list, func(v any) bool { _, text := v.(string); return !text }) {
					if _, there := o["tags"]; !there {
						o["tags"] = list
					}
					delete(o, "tag")
				}
				both(o)
			}
			return f
		}},
		{"two that have nothing to do with each other", "", func() *foreign { return &foreign{request: named(tags)} }},
		{"the newer form never counts", "tag is not what was sent", func() *foreign {
			f := twoForms()
			f.mended = func(o Object) {
				if _, there := o["tag"]; there {
					o["tags"] = []any{o["tag"]}
				} else {
					o["tag"] = first(o)
				}
			}
			return f
		}},
		{"the others turned around", "tag is not what was sent", func() *foreign {
			f := twoForms()
			both := f.mended
			f.mended = func(o Object) {
				if list, ok := o["tags"].([]any); ok && len(list) > 1 {
					list[0], list[1] = list[1], list[0]
				}
				both(o)
			}
			return f
		}},
		{"all but the first forgotten", "tags[] is not what was sent", func() *foreign {
			f := twoForms()
			both := f.mended
			f.mended = func(o Object) {
				if both(o); first(o) != nil {
					o["tags"] = []any{first(o)}
				}
			}
			return f
		}},
		{"one that is the first of the others no longer", "tag is not the first of tags", func() *foreign {
			f := twoForms()
			answers := 0
			f.shown = func(o Object) {
				if answers++; answers > 20 && first(o) != nil {
					o["tag"] = "another"
				}
			}
			return f
		}},
		{"neither, taken for none", "takes a request with neither tag nor what may stand in its place", func() *foreign {
			f := twoForms()
			both := f.mended
			f.mended = func(o Object) {
				if both(o); o["tag"] == nil && o["tags"] == nil {
					o["tag"] = ""
				}
			}
			return f
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result := checkForeign(t, tt.server())
			found := tt.want == "" && len(result.Findings)+len(result.Notes) == 0
			for _, f := range result.Findings {
				found = found || tt.want != "" && strings.Contains(f.Fault, tt.want)
			}
			if !found {
				t.Errorf("want %q\n%s", tt.want, TextOf(t, result))
			}
		})
	}
}
