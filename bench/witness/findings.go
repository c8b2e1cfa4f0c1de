package witness

import "fmt"

// Findings are what is not as it must be.
type Findings struct {
	Lost     int      // changes that were acknowledged and are not there
	Half     int      // attributes that are neither as before nor as after a change
	Twice    int      // attributes that are there twice
	Problems []string // all, in words
}

// Must notes what does not hold.
func (f *Findings) Must(held bool, format string, args ...any) {
	if !held {
		f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
	}
}

// Add takes what others found.
func (f *Findings) Add(others Findings) {
	f.Lost, f.Half, f.Twice = f.Lost+others.Lost, f.Half+others.Half, f.Twice+others.Twice
	f.Problems = append(f.Problems, others.Problems...)
}
