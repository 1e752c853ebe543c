package mobile_test

import (
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/mobile"
	"github.com/loc2vec/loc2vec/sdk/base"
)

// What an app does in Kotlin or Swift, in Go: install the model, open it, and look up the code of an error.
func Example() {
	dir, err := os.MkdirTemp("", "maps")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	download := filepath.Join(dir, "download")
	if err := os.WriteFile(download, base.Bundle(), 0o600); err != nil {
		log.Fatal(err)
	}
	store, err := mobile.OpenStore(filepath.Join(dir, "store"), nil)
	if err != nil {
		log.Fatal(err)
	}
	item, err := store.InstallFile("base.l2v", download, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("installed:", item.Kind, item.Name)

	model, err := store.OpenModel("base.l2v", &mobile.Options{Engine: "go"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	status, err := model.Status()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("healthy:", status.Healthy)
	_, err = model.Embed(43.7392, 7.4277) // without a region
	code, _ := mobile.ErrorCode(err.Error())
	fmt.Println("code:", code)
	// Output:
	// installed: model base.l2v
	// healthy: true
	// code: E_NO_COVERAGE
}

// Vectors cross the border as bytes, and can be stored as such.
func ExampleOpenVector() {
	var bytes []byte
	for i := range 16 {
		bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(float32(i)))
	}
	v, err := mobile.OpenVector("space", "euclidean", bytes)
	if err != nil {
		log.Fatal(err)
	}
	third, err := v.At(3)
	fmt.Println(third, err)
	// Output: 3 <nil>
}
