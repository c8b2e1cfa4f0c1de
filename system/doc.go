// Package system tests the program with what make test does without: other shells, a
// browser. Its tests have the build tag system; make system installs what they need, and runs them.
package system
