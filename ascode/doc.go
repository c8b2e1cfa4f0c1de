// Package ascode keeps the attributes of a server as a file says: it reads what files ask for and
// what a server has, makes the plan that leads from one to the other, and carries it out.
//
// It needs no more of a server than the four operations that Lightdash itself has and its
// lists of people and groups, and makes use of what the spec at /openapi.json offers beyond
// these. Nothing that a file does not name is touched, unless [Options] says so.
package ascode
