package picture

import (
	"fmt"
	"image"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Captioned is a picture of a place with the texts below it. A text that is too wide goes on in the next line.
type Captioned struct {
	Image    image.Image
	Captions []string
}

const (
	// GalleryEdge is the number of pixels along an edge of a picture that is not scaled.
	GalleryEdge = 160
	galleryText = 12 // size of the letters in pixels
	galleryLine = 15 // pixels from line to line
	galleryGap  = 10 // pixels around each picture
	// galleryLines bounds the lines below a picture.
	galleryLines = 7
)

// Gallery draws rows of pictures, the first of each row apart from the others, with their captions and a last line that
// names the source of the map.
func Gallery(rows [][]Captioned, source string) (*image.NRGBA, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("reading the font of a gallery: %w", err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: galleryText, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("reading the font of a gallery: %w", err)
	}
	defer face.Close()
	g := gallery{face: face}
	return g.draw(rows, source), nil
}

// gallery draws text in a font.
type gallery struct {
	face   font.Face
	canvas *image.NRGBA
}

func (g *gallery) draw(rows [][]Captioned, source string) *image.NRGBA {
	const step = GalleryEdge + galleryGap
	columns, height := 1, galleryGap+galleryLine
	lines := make([][][]string, len(rows)) // by row and picture
	heights := make([]int, len(rows))
	for i, row := range rows {
		columns = max(columns, len(row))
		most := 0
		for _, one := range row {
			broken := g.breakLines(one.Captions)
			lines[i] = append(lines[i], broken)
			most = max(most, len(broken))
		}
		heights[i] = step + most*galleryLine + galleryGap
		height += heights[i]
	}
	g.canvas = image.NewNRGBA(image.Rect(0, 0, columns*step+3*galleryGap, height+galleryGap))
	draw.Draw(g.canvas, g.canvas.Rect, image.White, image.Point{}, draw.Src)
	top := galleryGap
	for i, row := range rows {
		for j, one := range row {
			at := image.Pt(galleryGap+j*step, top)
			if j > 0 {
				at.X += galleryGap // the first one stands apart
			}
			place(g.canvas, at, one.Image)
			for n, line := range lines[i][j] {
				g.write(at.Add(image.Pt(0, GalleryEdge+n*galleryLine)), line)
			}
		}
		top += heights[i]
	}
	g.write(image.Pt(galleryGap, top), source)
	return g.canvas
}

// place draws a picture enlarged by the whole factor that is nearest to the size of a gallery, in a frame.
func place(dst *image.NRGBA, at image.Point, img image.Image) {
	size := img.Bounds().Dx()
	scale := max(1, GalleryEdge/size)
	edge := min(size*scale, GalleryEdge)
	box := image.Rectangle{Min: at, Max: at.Add(image.Pt(edge, edge))}
	enlarge(dst.SubImage(box).(*image.NRGBA), at, img, scale)
	frame(dst, box)
}

// breakLines breaks captions into lines that are not wider than a picture.
func (g *gallery) breakLines(captions []string) (lines []string) {
	for _, text := range captions {
		line := ""
		for _, word := range strings.Split(strings.ReplaceAll(text, " %", "\u00a0%"), " ") {
			longer := strings.TrimPrefix(line+" "+word, " ")
			if line != "" && font.MeasureString(g.face, longer) > fixed.I(GalleryEdge) {
				lines, longer = append(lines, line), word
			}
			line = longer
		}
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i] = g.cut(lines[i])
	}
	return lines[:min(len(lines), galleryLines)]
}

// cut cuts a line to the width of a picture.
func (g *gallery) cut(line string) string {
	letters := []rune(line)
	for end := len(letters); end > 0 && font.MeasureString(g.face, line) > fixed.I(GalleryEdge); end-- {
		line = string(letters[:end]) + "…"
	}
	return line
}

// write puts a line below the point.
func (g *gallery) write(at image.Point, text string) {
	d := font.Drawer{Dst: g.canvas, Src: image.Black, Face: g.face, Dot: fixed.P(at.X, at.Y+galleryLine)}
	d.DrawString(text)
}
