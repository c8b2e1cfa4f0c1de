package ascode

import (
	_ "embed"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Schema is the JSON schema of a file, for editors.
//
//go:embed schema.json
var Schema []byte

// SchemaURL is where editors find [Schema].
const SchemaURL = "attributes.schema.json"

// exported is an attribute as a file has it. Entries are in the order of their names.
type exported struct {
	name, description string
	defaults          []string
	groups, users     []exportedEntry
}

type exportedEntry struct {
	name   string
	values []string
}

func (s *State) exported() []exported {
	names := newDirectory(s)
	var all []exported
	for _, a := range s.attributes {
		e := exported{name: a.name, description: a.description, defaults: a.defaults}
		for w, values := range a.values {
			entry := exportedEntry{names.call(w), values}
			if w.Kind == User {
				e.users = append(e.users, entry)
			} else {
				e.groups = append(e.groups, entry)
			}
		}
		for _, entries := range [][]exportedEntry{e.users, e.groups} {
			slices.SortFunc(entries, func(a, b exportedEntry) int { return strings.Compare(a.name, b.name) })
		}
		all = append(all, e)
	}
	return all
}

// WriteYAML writes what a server has as a file that [Read] reads. The same state is the same
// bytes.
func (s *State) WriteYAML(w io.Writer) error {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, e := range s.exported() {
		node := &yaml.Node{Kind: yaml.MappingNode}
		field := func(name string, value *yaml.Node) {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
		}
		field("name", quoted(e.name))
		if e.description != "" {
			field("description", quoted(e.description))
		}
		field("default", values(e.defaults))
		for _, entries := range []struct {
			field string
			list  []exportedEntry
		}{{"groups", e.groups}, {"users", e.users}} {
			if len(entries.list) == 0 {
				continue
			}
			mapping := &yaml.Node{Kind: yaml.MappingNode}
			for _, entry := range entries.list {
				mapping.Content = append(mapping.Content, quoted(entry.name), values(entry.values))
			}
			field(entries.field, mapping)
		}
		list.Content = append(list.Content, node)
	}
	if len(list.Content) == 0 {
		list.Style = yaml.FlowStyle
	}
	if _, err := io.WriteString(w, "# yaml-language-server: $schema="+SchemaURL+"\n"); err != nil {
		return err
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	root := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "attributes"}, list}}
	if err := encoder.Encode(root); err != nil {
		return err
	}
	return encoder.Close()
}

// harmless texts are read alike by every reader of YAML without quotes. Those that are words
// for true, false and null somewhere are not among them.
var (
	harmless = regexp.MustCompile(`^\p{L}[\p{L}\p{N}_]*([ .@+/-]+[\p{L}\p{N}_]+)*$`)
	words    = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$`)
)

func quoted(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
	if len(text) <= 100 && harmless.MatchString(text) && !words.MatchString(text) {
		node.Style = 0
	}
	return node
}

// values is one value, a list of several, or null.
func values(list []string) *yaml.Node {
	switch {
	case list == nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case len(list) == 0:
		return quoted("")
	case len(list) == 1:
		return quoted(list[0])
	}
	node := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, value := range list {
		node.Content = append(node.Content, quoted(value))
	}
	return node
}

// WriteJSON writes the same as [State.WriteYAML], as JSON.
func (s *State) WriteJSON(w io.Writer) error {
	type attribute struct {
		Name        string         `json:"name"`
		Description string         `json:"description,omitempty"`
		Default     any            `json:"default"`
		Groups      map[string]any `json:"groups,omitempty"`
		Users       map[string]any `json:"users,omitempty"`
	}
	entries := func(list []exportedEntry) map[string]any {
		all := map[string]any{}
		for _, e := range list {
			all[e.name] = jsonValues(e.values)
		}
		return all
	}
	all := []attribute{}
	for _, e := range s.exported() {
		all = append(all, attribute{e.name, e.description, jsonValues(e.defaults), entries(e.groups), entries(e.users)})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]any{"attributes": all})
}

func jsonValues(list []string) any {
	switch {
	case list == nil:
		return nil
	case len(list) == 0:
		return ""
	case len(list) == 1:
		return list[0]
	}
	return list
}
