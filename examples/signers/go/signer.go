// Package main signs Platen statements, with Go's standard library alone.
//
//	go run . sign-statement KEYFILE ORIGIN... < statement    prints the signature
//	go run . serve KEYFILE CHAINFILE ORIGIN [PORT]           see server.go
//
// Call SignStatement after your own login and CSRF checks, as server.go shows.
package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"time"
)

// purposes are what pages of this site may ask for. Leave out what yours never do.
var purposes = []string{
	"session.open", "jobs.submit", "jobs.cancel", "jobs.hold", "jobs.release", "jobs.retry", "jobs.reprint",
}

// statement has its members in canonical order (RFC 8785): by name.
type statement struct {
	Agent     string `json:"agent"`
	Challenge string `json:"challenge"`
	Digest    string `json:"digest"`
	ExpiresAt int64  `json:"expires_at"`
	IssuedAt  int64  `json:"issued_at"`
	Origin    string `json:"origin"`
	Platen    int64  `json:"platen"`
	Purpose   string `json:"purpose"`
	Sequence  int64  `json:"sequence"`
}

// SignStatement signs text if it is a statement for this site and this moment.
func SignStatement(text []byte, keyPEM []byte, allowedOrigins []string, now time.Time) (string, error) {
	asked, err := readStatement(text)
	if err != nil {
		return "", err
	}
	if !contains(allowedOrigins, asked.Origin) {
		return "", errors.New("the statement is for another site's page")
	}
	if !contains(purposes, asked.Purpose) {
		return "", errors.New("the statement is for something pages here never do")
	}
	if lifetime := asked.ExpiresAt - asked.IssuedAt; lifetime < 0 || lifetime > 300_000 {
		return "", errors.New("the statement lives longer than 300 s")
	}
	if ms := now.UnixMilli(); ms > asked.ExpiresAt || asked.IssuedAt > ms+60_000 {
		return "", errors.New("the statement is not for now")
	}
	signature, err := signOctets(text, keyPEM)
	return base64.RawURLEncoding.EncodeToString(signature), err
}

// readStatement reads a statement from its one canonical spelling. A digest, or any other JSON, is none.
func readStatement(text []byte) (statement, error) {
	var asked statement
	noStatement := errors.New("only a statement in its canonical form is signed")
	if len(text) > 2048 || json.Unmarshal(text, &asked) != nil {
		return asked, noStatement
	}
	for _, number := range []int64{asked.ExpiresAt, asked.IssuedAt, asked.Sequence} {
		if number < 0 || number >= 1<<53 {
			return asked, noStatement
		}
	}
	// Written again it must be the same: no other order, blanks or escapes, nothing more, nothing twice.
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	digest, err := base64.RawURLEncoding.DecodeString(asked.Digest)
	if err != nil || len(digest) != sha256.Size || asked.Platen != 1 || encoder.Encode(asked) != nil {
		return asked, noStatement
	}
	if !bytes.Equal(bytes.TrimSuffix(canonical.Bytes(), []byte("\n")), text) {
		return asked, noStatement
	}
	return asked, nil
}

// signOctets signs with the one algorithm the key's kind fixes.
func signOctets(octets []byte, keyPEM []byte) ([]byte, error) {
	block, _ := pem.Decode(keyPEM)
	if block == nil {
		return nil, errors.New("the key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(octets)
	switch key := parsed.(type) {
	case *ecdsa.PrivateKey:
		if key.Curve == elliptic.P256() {
			return ecdsa.SignASN1(rand.Reader, key, digest[:])
		}
	case ed25519.PrivateKey:
		return ed25519.Sign(key, octets), nil
	case *rsa.PrivateKey:
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
	}
	return nil, errors.New("use a key made by platen-sign")
}

func contains(list []string, wanted string) bool {
	for _, one := range list {
		if one == wanted {
			return true
		}
	}
	return false
}
