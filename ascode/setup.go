package ascode

import "gopkg.in/yaml.v3"

// setup reads an element of Lightdash's LD_SETUP_USER_ATTRIBUTES.
func (r *reader) setup(node *yaml.Node) {
	fields, ok := r.fields(node, "an attribute of LD_SETUP_USER_ATTRIBUTES", "name", "description", "attributeDefault", "groups")
	if !ok {
		return
	}
	w := r.head(node, fields["name"], fields["description"])
	w.Default = r.values(fields["attributeDefault"])
	groups := fields["groups"]
	if groups != nil && groups.Kind != yaml.SequenceNode {
		r.wrong(groups, "groups is a list, each element with a group and a value")
		groups = nil
	}
	if groups != nil {
		for _, element := range groups.Content {
			if entry, ok := r.setupGroup(dereferenced(element)); ok {
				w.Groups = append(w.Groups, entry)
			}
		}
	}
	r.wanted = append(r.wanted, w)
}

func (r *reader) setupGroup(node *yaml.Node) (Entry, bool) {
	fields, ok := r.fields(node, "an element of groups", "group", "value", "values")
	if !ok {
		return Entry{}, false
	}
	value := fields["values"]
	if value == nil || value.Kind == yaml.SequenceNode && len(value.Content) == 0 && fields["value"] != nil {
		value = fields["value"]
	}
	if fields["group"] == nil || value == nil || value.Tag == "!!null" {
		r.wrong(node, "an element of groups has a group, and a value or values")
		return Entry{}, false
	}
	name, values := r.text(fields["group"], "a group"), r.values(value)
	if name == nil || values == nil {
		return Entry{}, false
	}
	return Entry{Who: *name, Values: *values, At: Place{r.file, node.Line}}, true
}
