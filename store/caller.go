package store

// Organization is whom attributes belong to.
type Organization struct {
	UUID string
	id   int64
}

// Caller is who stands behind a token.
type Caller struct {
	UserUUID     string
	Organization Organization
	Role         string // of the caller in the organization: "admin", "editor", …
}
