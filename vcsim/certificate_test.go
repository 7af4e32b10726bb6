package main

import (
	"crypto/ecdsa"
	"crypto/tls"
	"testing"
	"time"
)

func TestEachVcenterHasACertificateOfItsOwnThatIsGoodForWhereItListens(t *testing.T) {
	seen := make(map[string]bool)
	for range 2 {
		conn, err := tls.Dial("tcp", newVcenter(t).server.URL.Host, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		shown := conn.ConnectionState().PeerCertificates[0]
		_ = conn.Close()
		if _, ok := shown.PublicKey.(*ecdsa.PublicKey); !ok {
			t.Errorf("%T", shown.PublicKey)
		}
		if err = shown.VerifyHostname("127.0.0.1"); err != nil {
			t.Error(err)
		}
		if now := time.Now(); now.Before(shown.NotBefore) || now.After(shown.NotAfter) {
			t.Errorf("good from %v to %v", shown.NotBefore, shown.NotAfter)
		}
		seen[string(shown.Raw)] = true
	}
	if len(seen) != 2 {
		t.Error("both show the same one")
	}
}
