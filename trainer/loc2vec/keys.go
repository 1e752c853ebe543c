package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"aead.dev/minisign"
	"golang.org/x/term"

	"github.com/loc2vec/loc2vec/internal/textfile"
	"github.com/loc2vec/loc2vec/sdk/store"
)

// makeKeys writes a new pair of keys, both or neither. It never replaces one: files signed with it
// could not be signed again.
func makeKeys(std stdio, o signOptions) (err error) {
	secret, public, err := newKeys(o.passwordFile)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	pair := []struct {
		path string
		text []byte
		mode os.FileMode
	}{{o.keygen + ".key", secret, 0o600}, {o.keygen + ".pub", public, 0o644}}
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close() // the contents are synced
			if err != nil {
				err = errors.Join(err, os.Remove(f.Name()))
			}
		}
	}()
	// Both files are created before either is written: half a pair is useless, and blocks the next attempt.
	for _, key := range pair {
		f, err := os.OpenFile(key.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, key.mode)
		if err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
		files = append(files, f)
	}
	for i, f := range files {
		_, err := f.Write(append(pair[i].text, '\n'))
		if err := errors.Join(err, f.Sync()); err != nil {
			return fmt.Errorf("making a key: %w", err)
		}
	}
	for _, f := range files {
		fmt.Fprintln(std.out, f.Name())
	}
	return nil
}

// newKeys returns the texts of a new pair of keys. The first line of the file, if there is one, is the password of
// the secret key.
func newKeys(passwordFile string) (secret, public []byte, err error) {
	publicKey, secretKey, err := minisign.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	if public, err = publicKey.MarshalText(); err != nil {
		return nil, nil, err
	}
	if passwordFile == "" {
		secret, err = secretKey.MarshalText()
		return secret, public, err
	}
	password, err := readPassword(passwordFile)
	if err != nil {
		return nil, nil, err
	}
	secret, err = minisign.EncryptKey(password, secretKey)
	return secret, public, err
}

// maxKeyFile bounds a file of keys or a password: some hundred public keys.
const maxKeyFile = 64 << 10

// readSecretKey reads the file of a secret key. Errors do not quote it.
func readSecretKey(std stdio, o signOptions) (minisign.PrivateKey, error) {
	var key minisign.PrivateKey
	text, err := textfile.ReadFile(o.key, maxKeyFile)
	if err != nil {
		return key, err
	}
	if !minisign.IsEncrypted(text) {
		if key.UnmarshalText(text) != nil {
			return key, fmt.Errorf("%s: not a secret key of minisign", o.key)
		}
		return key, nil
	}
	password, err := askPassword(std, o)
	if err != nil {
		return key, err
	}
	if key, err = minisign.DecryptKey(password, text); err != nil {
		return key, fmt.Errorf("%s: the password is wrong, or the key is damaged", o.key)
	}
	return key, nil
}

// askPassword returns the password of the secret key, from the file or the terminal.
func askPassword(std stdio, o signOptions) (string, error) {
	if o.passwordFile != "" {
		return readPassword(o.passwordFile)
	}
	f, ok := std.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usagef("%s has a password: --password-file is needed, or a terminal to ask for it", o.key)
	}
	fmt.Fprintf(std.err, "password of %s: ", o.key)
	password, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(std.err)
	return string(password), err
}

// readPassword returns the first line of a file.
func readPassword(path string) (string, error) {
	text, err := textfile.ReadFile(path, maxKeyFile)
	if err != nil {
		return "", err
	}
	password, _, _ := strings.Cut(string(text), "\n")
	if password = strings.TrimSuffix(password, "\r"); password == "" {
		return "", fmt.Errorf("%s: the first line, the password, is empty", path)
	}
	return password, nil
}

// readPublicKeys reads the files of public keys, each of which may have several.
func readPublicKeys(paths []string) ([]store.PublicKey, error) {
	var keys []store.PublicKey
	for _, path := range paths {
		text, err := textfile.ReadFile(path, maxKeyFile)
		if err != nil {
			return nil, err
		}
		some, err := store.ParsePublicKeys(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		keys = append(keys, some...)
	}
	return keys, nil
}
