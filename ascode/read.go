package ascode

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Read returns what files ask for, in their order; of a folder these are all files in it and
// below whose name ends in .yaml, .yml or .json. Its error is of type [Mistakes] where a file
// can be read and is not understood.
func Read(paths ...string) ([]Wanted, error) {
	var all []Wanted
	var mistakes Mistakes
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			r := reader{file: file}
			r.read(data)
			all = append(all, r.wanted...)
			mistakes = append(mistakes, r.mistakes...)
		}
	}
	if len(mistakes) > 0 {
		return all, mistakes
	}
	return all, nil
}

func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)) {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New(path + " has no file that ends in .yaml, .yml or .json")
	}
	return files, err
}

// reader reads one file. It goes on after a mistake, to report all of them.
type reader struct {
	file     string
	wanted   []Wanted
	mistakes Mistakes
}

func (r *reader) wrong(node *yaml.Node, format string, args ...any) {
	r.mistakes.add(Place{r.file, node.Line}, format, args...)
}

func (r *reader) read(data []byte) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		r.mistakes.add(Place{r.file, invalidLine(data)}, "this is not UTF-8")
		return
	}
	if node, err := jsonNode(data); err == nil {
		r.document(node)
		return
	} else if filepath.Ext(r.file) == ".json" {
		r.mistakes.add(Place{r.file, err.line}, "this is not JSON: %s", err.text)
		return
	}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	for first := true; ; first = false {
		var document yaml.Node
		err := documents.Decode(&document)
		switch {
		case errors.Is(err, io.EOF):
			if first {
				r.mistakes.add(Place{r.file, 0}, "there is nothing in it; a file starts with attributes:")
			}
			return
		case err != nil:
			line, text := yamlFault(err)
			r.mistakes.add(Place{r.file, line}, "this is not YAML: %s", text)
			return
		}
		r.document(document.Content[0])
	}
}

func invalidLine(data []byte) int {
	line := 1
	for len(data) > 0 {
		char, size := utf8.DecodeRune(data)
		if char == utf8.RuneError && size == 1 {
			break
		}
		if char == '\n' {
			line++
		}
		data = data[size:]
	}
	return line
}

var faultLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// yamlFault splits a message of the YAML library into the line and the rest. The library counts
// lines from 0 where it did not find what it expected, else from 1, and does not name line 0.
func yamlFault(err error) (line int, text string) {
	found := faultLine.FindStringSubmatch(err.Error())
	if found == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(found[1]) // 0 where it names none
	text = strings.TrimPrefix(err.Error(), found[0])
	if line == 0 || strings.HasPrefix(text, "did not find expected") {
		line++
	}
	return line, text
}

// document reads a list of attributes, in our form or in that of LD_SETUP_USER_ATTRIBUTES.
func (r *reader) document(root *yaml.Node) {
	root = dereferenced(root)
	if root.Kind == yaml.SequenceNode {
		for _, element := range root.Content {
			r.setup(dereferenced(element))
		}
		return
	}
	fields, ok := r.fields(root, "a file", "attributes")
	if !ok {
		return
	}
	list := fields["attributes"]
	switch {
	case list == nil:
		r.wrong(root, "attributes: is missing")
	case list.Kind != yaml.SequenceNode:
		r.wrong(list, "attributes: is a list, each element with its - name:")
	default:
		for _, element := range list.Content {
			r.attribute(dereferenced(element))
		}
	}
}

// fields returns the known fields that a mapping has.
func (r *reader) fields(node *yaml.Node, what string, known ...string) (map[string]*yaml.Node, bool) {
	if node.Kind != yaml.MappingNode {
		r.wrong(node, "%s has fields: %s", what, strings.Join(known, ", "))
		return nil, false
	}
	fields := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := dereferenced(node.Content[i]), dereferenced(node.Content[i+1])
		switch {
		case !slices.Contains(known, key.Value):
			r.wrong(key, "%s has no field %q%s; it has %s", what, key.Value, suggestion(key.Value, known), strings.Join(known, ", "))
		case fields[key.Value] != nil:
			r.wrong(key, "%s: is here twice", key.Value)
		default:
			fields[key.Value] = value
		}
	}
	return fields, true
}

func (r *reader) attribute(node *yaml.Node) {
	fields, ok := r.fields(node, "an attribute", "name", "description", "default", "groups", "users")
	if !ok {
		return
	}
	w := r.head(node, fields["name"], fields["description"])
	w.Default = r.values(fields["default"])
	w.Groups = r.entries(fields["groups"], "groups")
	w.Users = r.entries(fields["users"], "users")
	r.wanted = append(r.wanted, w)
}

// head reads what both forms have in common.
func (r *reader) head(node, name, description *yaml.Node) Wanted {
	w := Wanted{At: Place{r.file, node.Line}}
	if name == nil {
		r.wrong(node, "an attribute has no name")
	} else if text := r.text(name, "a name"); text != nil {
		w.Name, w.At.Line = *text, name.Line
	}
	if description != nil {
		w.Description = r.text(description, "a description")
	}
	return w
}

// text returns the text of a scalar as it is written, so that yes, 007 and 1e3 stay what they are.
func (r *reader) text(node *yaml.Node, what string) *string {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		r.wrong(node, "%s is a text", what)
		return nil
	}
	return &node.Value
}

// values reads one value or a list of them; null, and only null, is a list that is nil.
func (r *reader) values(node *yaml.Node) *[]string {
	if node == nil {
		return nil
	}
	if node.Tag == "!!null" {
		return new([]string)
	}
	list := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		list = node.Content
	}
	values := []string{}
	for _, element := range list {
		text := r.text(dereferenced(element), "a value")
		if text == nil {
			return nil
		}
		values = append(values, *text)
	}
	values = canonical(values)
	return &values
}

func (r *reader) entries(node *yaml.Node, field string) []Entry {
	if node == nil || node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.MappingNode {
		r.wrong(node, "%s: has a value or a list of values for each name", field)
		return nil
	}
	var entries []Entry
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := dereferenced(node.Content[i]), dereferenced(node.Content[i+1])
		if key.Kind != yaml.ScalarNode {
			r.wrong(key, "a name is a text")
			continue
		}
		if value.Tag == "!!null" {
			r.wrong(key, "%q has no value: write \"\" for the empty text, or leave it out", key.Value)
			continue
		}
		if values := r.values(value); values != nil {
			entries = append(entries, Entry{Who: key.Value, Values: *values, At: Place{r.file, key.Line}})
		}
	}
	return entries
}

// dereferenced is what an alias stands for.
func dereferenced(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}
