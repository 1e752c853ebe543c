package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/jpeg"
)

// photoQuality is the quality of JPEG pictures: pictures of many rasters have too many colours for PNG.
const photoQuality = 80

// section renders one section of a page from a template of its own.
func section(name, text string, data any) (template.HTML, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"picture": pictureURI, "photo": photoURI, "percent": percent, "interval": interval, "spectrumChart": spectrumChart,
	}).Parse(text)
	if err != nil {
		return "", fmt.Errorf("parsing the template of %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("rendering %s: %w", name, err)
	}
	return template.HTML(b.String()), nil
}

// photoURI returns an opaque image as a JPEG inside a data URI.
func photoURI(m image.Image) (template.URL, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: photoQuality}); err != nil {
		return "", err
	}
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}
