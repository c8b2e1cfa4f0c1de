// Package store keeps user attributes, and the people they are about, in
// PostgreSQL or SQLite.
//
// It is the only package that knows SQL. Every method about attributes is given
// an organization and sees nothing outside it; every method that writes is one
// transaction. What a caller can do something about is an [*Error]; anything
// else that comes back is a bug.
//
// Statements are made by GORM's builder. Written out are those that it cannot make,
// such as what takes any number of rows as one parameter (dialect.pairs), and those that
// were measured to be faster; a comment says which.
package store
