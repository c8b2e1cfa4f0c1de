package store_test

import (
	"strings"
	"testing"

	"attributed/store"
)

// TestHashesOfALightdash holds ours against those of other implementations: two made the first three,
// and libxcrypt 4.4.33 all of them.
func TestHashesOfALightdash(t *testing.T) {
	tests := []struct{ name, secret, token, bcrypt, sha256 string }{
		{"a token of today", "an example secret", "ldpat_00112233445566778899aabbccddeeff", "$2b$10$0d87c879762854667eeacuiVghrXbJvByCVxjYoVsd1E4NruWd7hm", "f4c5c6b7b8e2c06c4fa600ac6769d20fbbe2889a2e1140951f50ba8e1e233f9e"},
		{"another of the same server", "an example secret", "ldpat_ffeeddccbbaa99887766554433221100", "$2b$10$0d87c879762854667eeacusEVMrv4LcUPiSLUTdnOSSaA56rFLj4a", "140ac4d29a567ae63e2af5292994346ee1f2e838939470cdc99551d721fe3627"},
		{"one without a prefix", "s", "00112233445566778899aabbccddeeff", "$2b$10$043a718774c572bd8a25aOJn1UVuUwA.E4JMYAef1i9/hVdqnj22G", "5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720"},
		{"another secret", "correct horse battery staple", "ldpat_0123456789abcdef0123456789abcdef", "$2b$10$c4bbcb1fbec99d65bf59duviGPQO4MmYDzw3pPqVocoTR2zUFaxpa", ""},
		{"a salt whose last character stays", "b", strings.Repeat("x", 72), "$2b$10$3e23e8160039594a33894ehQ4cMaV5OaZYAhorrUnmB3zSPUzi9by", ""},
		{"what is longer than 72 bytes", "b", strings.Repeat("x", 300), "$2b$10$3e23e8160039594a33894ehQ4cMaV5OaZYAhorrUnmB3zSPUzi9by", ""},
		{"71 bytes", "a", strings.Repeat("x", 71), "$2b$10$ca978112ca1bbdcafac23ukqjtmt1FAH7G0pn5JMvoGG0YqdUtOru", ""},
		{"no ASCII", "grüße", "\xc3\xa4\xff", "$2b$10$8285d1ad84c6b6e475d3buxGEteCfnxr6TdDGpsSnm5.9QAS9v/5C", ""},
		{"no token at all", "an example secret", "", "$2b$10$0d87c879762854667eeacuy5QzDV8jtae/HHE4Md820U.oDmoeqlO", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := store.LightdashHash(tt.secret, tt.token)
			if err != nil || got != tt.bcrypt {
				t.Errorf("bcrypt: %q, %v; want %q", got, err, tt.bcrypt)
			}
			if got := store.HashOf(tt.token); tt.sha256 != "" && got != tt.sha256 {
				t.Errorf("SHA-256: %q, want %q", got, tt.sha256)
			}
		})
	}
}
