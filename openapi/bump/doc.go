// Package bump takes a new version of upstream's spec in: it says what the version
// changes (package diff), with a second opinion of oasdiff's, and puts it into the tree once
// everything has been seen to work with it. It also generates gen/.
//
// It reads specs as they are written, so that a damaged one can be judged. It works on files
// alone, and on no code that is generated from them.
package bump
