package bump

import (
	"fmt"
	"reflect"
	"strings"

	"attributed/openapi/diff"
)

// decisions returns what a person has to decide before a bump can work, in a sentence for each
// property or parameter that the generated types gain or lose, or whose type changes.
func decisions(differences []diff.GoDifference) []string {
	var order []string
	types := map[string][]string{} // names of types, by sentence
	for _, d := range differences {
		name := strings.TrimPrefix(d.Name, "type ")
		if name == d.Name {
			continue
		}
		was, is := members(d.Was), members(d.Is)
		for _, m := range append(is, was...) {
			sentence := memberChange(noun(name), m.name, find(was, m.name), find(is, m.name))
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

// memberChange returns the sentence about one member, with %s where the names of the types go. was
// is nil if the member is new, is if it is gone.
func memberChange(noun, name string, was, is *member) string {
	name = strings.ReplaceAll(name, "%", "%%")
	switch {
	case was == nil:
		return "the " + noun + " `" + name + "` is new in %s: serve it, or have the overlay remove it, with the reason"
	case is == nil:
		return "the " + noun + " `" + name + "` is gone from %s: serve it no longer, or have the overlay put it back, with the reason"
	}
	return "the " + noun + " `" + name + "` is of another type in %s (was " + was.kind + ", is " + is.kind + "): convert it, or have the overlay take that back, with the reason"
}

// noun returns what clients call a member of the generated type of this name.
func noun(name string) string {
	if strings.HasSuffix(name, "Params") || strings.HasSuffix(name, "RequestObject") {
		return "parameter"
	}
	return "property"
}

// member is a field of a generated struct, under its name on the wire.
type member struct{ name, kind string }

func find(all []member, name string) *member {
	for i := range all {
		if all[i].name == name {
			return &all[i]
		}
	}
	return nil
}

// members returns the fields that have a name on the wire.
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
