// Package subset proves that all values which one schema allows are allowed by another
// one. A bump asks it twice: whether each request of the old spec is one of the new, and
// whether each answer of the new spec is one of the old.
//
// # What it can say
//
// [Prover.Prove] returns no failure where there is a proof. Where it returns failures, some
// value may be refused: each names a place, the keyword that stands in the way, and why. A
// failure is no proof of the opposite. All that is not understood is a failure, so that a
// mistake of this kind costs a look by a person, and none goes unseen.
//
// # Its terms
//
//   - A set (type set) is the values that several schemas of one spec all allow. It starts
//     as one schema, and grows: the items of a set are what the items of each of its
//     schemas allow.
//   - A shape is a set read as if it were one schema: references followed, allOf put
//     together, the types and listed values left over once all had their say. It is what
//     keywords are compared with. A set whose shape is nothing needs no proof.
//   - A choice is what is made of an anyOf or a oneOf in a set: a branch joins the set's
//     schemas, and the union is noted among those that are chosen. What is to be proven of
//     the set is proven for each choice by itself. As choices multiply, it is first tried
//     with none made, and with those of each union alone.
//   - The trail is the pairs of a set and a schema that have been proven, or are being
//     proven, in order. A pair that is met again is taken as proven, which is how schemas
//     that contain themselves come to an end: a value has an end too, so that one which is
//     refused would be refused at another place. Where a pair fails, what came after it on
//     the trail may rest on it, and is taken back.
//
// # What is proven, and how
//
//   - type, nullable, enum, limits on numbers, lengths and counts, multipleOf: by
//     comparing them. Listed values are tried one by one.
//   - format: by its being the same, or part of a wider one (int32 of int64).
//   - properties, required, additionalProperties, items: property by property. Objects are
//     open: a client sends, and reads, only what its own version of a spec names, unless
//     additionalProperties has a schema.
//   - readOnly and writeOnly: what is not sent in this direction is not asked for.
//   - allOf: each part must allow the set, and the parts together have what is required.
//   - anyOf and oneOf: one branch allows the whole set; else the set is divided by type, or
//     by a required property of at most 32 listed values, and each part finds a branch. For
//     oneOf, the other branches must also rule the set out, unless there is a discriminator.
//   - not: the set and what is ruled out have nothing in common, or it was ruled out before.
//
// # Where it gives up
//
//   - pattern, uniqueItems and keywords that it does not know: only the same value of the
//     keyword is a proof. Two regular expressions are never compared by what they match.
//   - Lists and objects in an enum: only the same ones.
//   - What several keywords rule out together, or two properties: a pattern and a length
//     that leave one text over, say.
//   - More steps than 50,000 and one for each value of the two specs, and proofs of what
//     is ruled out that lie in each other more than ten deep: the failure is "undecided".
//
// Nothing here knows of operations or findings: that is package diff's.
package subset
