package bump

import (
	"fmt"
	"reflect"
	"strings"

	"attributed/openapi/diff"
)

// decisions says in a sentence each what a person has to decide before a bump can work: of each
// property and parameter that the generated types gain, lose or have with another type.
func decisions(differences []diff.GoDifference) []string {
	var order []string
	types := map[string][]string{} // where it is, by what befell it
	for _, d := range differences {
		name := strings.TrimPrefix(d.Name, "type ")
		if name == d.Name {
			continue
		}
		was, is := members(d.Was), members(d.Is)
		for _, m := range append(is, was...) {
			sentence := befell(noun(name), m.name, find(was, m.name), find(is, m.name))
			switch all := types[sentence]; {
			case len(all) == 0:
				order = append(order, sentence)
				fallthrough
			case all[len(all)-1] != name:
				types[sentence] = append(all, name)
			}
		}
	}
	var sentences []string
	for _, sentence := range order {
		sentences = append(sentences, fmt.Sprintf(sentence, strings.Join(types[sentence], ", ")))
	}
	return sentences
}

// befell returns a sentence with a place for the types that it is about. One of the two members is there.
func befell(noun, name string, was, is *member) string {
	name = strings.ReplaceAll(name, "%", "%%")
	switch {
	case was == nil:
		return "the " + noun + " `" + name + "` is new in %s: serve it, or have the overlay remove it, with the reason"
	case is == nil:
		return "the " + noun + " `" + name + "` is gone from %s: serve it no longer, or have the overlay put it back, with the reason"
	}
	return "the " + noun + " `" + name + "` is of another type in %s (was " + was.kind + ", is " + is.kind + "): convert it, or have the overlay take that back, with the reason"
}

// noun is what a member of a generated type is to clients.
func noun(name string) string {
	if strings.HasSuffix(name, "Params") || strings.HasSuffix(name, "RequestObject") {
		return "parameter"
	}
	return "property"
}

// member is a field of a generated struct by the name that clients know.
type member struct{ name, kind string }

func find(all []member, name string) *member {
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
	}
	return nil
}

// members returns the fields that clients know; the others follow from the operation.
func members(fields []string) []member {
	var all []member
	for _, field := range fields {
		declared, tag, _ := strings.Cut(field, " `")
		name, _, _ := strings.Cut(reflect.StructTag(strings.TrimSuffix(tag, "`")).Get("json"), ",")
		_, kind, _ := strings.Cut(declared, " ")
		if name != "" && name != "-" {
			all = append(all, member{name, kind})
		}
	}
	return all
}
