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

	// Role is the caller's in the organization: "admin", "editor", … Beside a Lightdash one that an
	// organization made for itself is "admin" where it may manage the organization, else "custom".
	Role string

	// Believed is that the primary accepted the token some time ago and cannot be reached now: the caller may read what a
	// replica answers, and nothing else. [Store.AuthenticateRead] sets it.
	Believed bool
}
