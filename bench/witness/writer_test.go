package witness

import (
	"testing"
)

// writer knows of two attributes, the second of which it changed last.
func writer() (w *Writer, found map[string]*Attribute) {
	w, found = newWriter(1), map[string]*Attribute{}
	for range 2 {
		c := w.next()
		for c.before != nil {
			c = w.next()
		}
		w.keep(c.name, c.after)
		found[c.name] = c.after.clone()
		w.lastName, w.last = c.name, c.after
	}
	return w, found
}

func TestWhatWasAcknowledgedIsMissed(t *testing.T) {
	tests := []struct {
		name   string
		change func(w *Writer, found map[string]*Attribute)
		want   Findings
	}{
		{"all is there", func(*Writer, map[string]*Attribute) {}, Findings{}},
		{"another writer's is there", func(_ *Writer, found map[string]*Attribute) { found["attribute 1 of 11"] = &Attribute{} }, Findings{}},
		{"a create is lost", func(w *Writer, found map[string]*Attribute) { delete(found, w.lastName) }, Findings{Lost: 1}},
		{"an update is lost", func(w *Writer, found map[string]*Attribute) { found[w.lastName].users[users[0]] = "before" }, Findings{Lost: 1}},
		{"a delete is lost", func(w *Writer, _ map[string]*Attribute) { w.keep(w.lastName, nil) }, Findings{Lost: 1}},
		{"an update and a delete are lost", func(w *Writer, _ map[string]*Attribute) {
			after := w.last.clone()
			after.description = "changed"
			w.keep(w.lastName, after)
			w.keep(w.lastName, nil)
		}, Findings{Lost: 2}},
		{"a create is there twice", func(w *Writer, found map[string]*Attribute) { found[w.lastName].twice = true }, Findings{Twice: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, found := writer()
			tt.change(w, found)
			if sees := w.sees(found); sees != (tt.want.Lost == 0) {
				t.Errorf("sees: %t", sees)
			}
			var got Findings
			w.holds(found, &got)
			if got.Lost != tt.want.Lost || got.Half != tt.want.Half || got.Twice != tt.want.Twice || (len(got.Problems) == 0) != (got.Lost+got.Twice == 0) {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
			found = map[string]*Attribute{}
			for name, a := range w.known {
				found[name] = a
			}
			if !w.sees(found) {
				t.Error("what was found is not taken for true")
			}
		})
	}
}

// TestTheLastChangeIsNotWrittenOver is what lets a lost end of the log be noticed while writers go on.
func TestTheLastChangeIsNotWrittenOver(t *testing.T) {
	w, _ := writer()
	for range 1000 {
		c := w.next()
		if c.name == w.lastName {
			t.Fatalf("%s %s is of what was changed last", c.method, c.path)
		}
		w.keep(c.name, c.after)
		w.lastName, w.last = c.name, c.after
	}
	if len(w.known) > most {
		t.Errorf("%d attributes, want %d at most", len(w.known), most)
	}
}
