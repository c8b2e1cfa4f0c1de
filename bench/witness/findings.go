package witness

import "fmt"

// Findings are what is not as it must be.
type Findings struct {
	Lost     int      // changes that were acknowledged and are not there
	Half     int      // attributes that are neither as before nor as after a change
	Problems []string // all, in words
}

// Must notes what does not hold.
func (f *Findings) Must(held bool, format string, args ...any) {
	if !held {
		f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
	}
}
