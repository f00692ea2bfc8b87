package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// endpoint is the signing endpoint of a site, with what must stand around a signer.
//
//	GET /session   sets the session cookie, answers {"csrf"}
//	POST /sign     {"statement"} with the header x-platen-csrf, answers {"signature", "certificates"}
//
// No CORS headers: only pages of our own origin can read an answer.
//
// Your framework's sessions and CSRF protection are as good. Here a sealed cookie stands in for
// "this is one of our users": open it at the end of your own login.
type endpoint struct {
	key, secret  []byte
	certificates []string
	origin       string
}

func (e *endpoint) seal(what, session string) string {
	mac := hmac.New(sha256.New, e.secret)
	mac.Write([]byte(what + ":" + session))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (e *endpoint) openSession(w http.ResponseWriter) {
	session := base64.RawURLEncoding.EncodeToString(random(16))
	http.SetCookie(w, &http.Cookie{
		Name: "session", Value: session + "." + e.seal("session", session), Path: "/",
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(e.origin, "https:"),
	})
	answer(w, http.StatusOK, map[string]any{"csrf": e.seal("csrf", session)})
}

func (e *endpoint) isOurs(r *http.Request) bool {
	cookie, err := r.Cookie("session")
	if err != nil || r.Header.Get("origin") != e.origin || r.Header.Get("content-type") != "application/json" {
		return false
	}
	session, proof, _ := strings.Cut(cookie.Value, ".")
	return hmac.Equal([]byte(e.seal("session", session)), []byte(proof)) &&
		hmac.Equal([]byte(e.seal("csrf", session)), []byte(r.Header.Get("x-platen-csrf")))
}

func (e *endpoint) sign(w http.ResponseWriter, r *http.Request) {
	if !e.isOurs(r) {
		answer(w, http.StatusForbidden, map[string]any{"error": "not one of our pages"})
		return
	}
	var asked struct{ Statement string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 8192)).Decode(&asked); err != nil {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"error": `post {"statement": "..."}`})
		return
	}
	signature, err := SignStatement([]byte(asked.Statement), e.key, []string{e.origin}, time.Now())
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"signature": signature, "certificates": e.certificates})
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /session":
		e.openSession(w)
	case "POST /sign":
		e.sign(w, r)
	default:
		answer(w, http.StatusNotFound, map[string]any{"error": "there are GET /session and POST /sign"})
	}
}

func answer(w http.ResponseWriter, status int, value map[string]any) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("cache-control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Print(err)
	}
}

func random(octets int) []byte {
	out := make([]byte, octets)
	if _, err := rand.Read(out); err != nil {
		log.Fatal(err)
	}
	return out
}

func serve(keyFile, chainFile, origin, port string) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	chain, err := os.ReadFile(chainFile)
	if err != nil {
		return err
	}
	e := &endpoint{key: key, secret: random(32), origin: origin}
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		e.certificates = append(e.certificates, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: e, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	return server.Serve(listener)
}

func main() {
	arguments := append(os.Args[1:], "", "", "", "")
	var err error
	switch arguments[0] {
	case "sign-statement":
		var key, text []byte
		var signature string
		if key, err = os.ReadFile(arguments[1]); err != nil {
			break
		}
		if text, err = io.ReadAll(io.LimitReader(os.Stdin, 4096)); err != nil {
			break
		}
		if signature, err = SignStatement(text, key, os.Args[3:], time.Now()); err == nil {
			fmt.Println(signature)
		}
	case "serve":
		port := arguments[4]
		if port == "" {
			port = "8190"
		}
		err = serve(arguments[1], arguments[2], arguments[3], port)
	default:
		err = fmt.Errorf("sign-statement KEYFILE ORIGIN..., or serve KEYFILE CHAINFILE ORIGIN [PORT]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}
