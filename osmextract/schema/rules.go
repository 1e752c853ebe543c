package schema

import "github.com/loc2vec/loc2vec"

// A Rule assigns elements that carry one of its tags to a layer.
type Rule struct {
	Layer loc2vec.Layer
	Kind  loc2vec.Kind
	// Key and Values name the tags. Values are separated by spaces; "*" matches every value except
	// "no".
	Key, Values string
	// Size in metres where no tag states it: the full width of a line, the radius of a disc, 0 for
	// an area.
	Size float64
	// Verge is the width in metres of a carriageway beyond its lanes: a line with lanes=* is
	// lanes · LaneWidth + Verge wide. With 0 the rule ignores lanes.
	Verge float64
	// When restricts the rule.
	When Condition
	// If and Unless list tags as "key=value", separated by spaces. The element must carry at least
	// one tag of If, unless If is empty, and no tag of Unless.
	If, Unless string
}

// Condition is a set of restrictions on a Rule, combined with |.
type Condition uint8

const (
	// Surface excludes elements in a tunnel or culvert. A passage through a building is at the
	// surface.
	Surface Condition = 1 << iota
	// AboveGround excludes elements with a negative layer=*.
	AboveGround
	// AreaTagged requires area=yes on a closed way that is a line by default. Multipolygon relations
	// are areas in any case.
	AreaTagged
	// NotArea excludes closed ways that are areas by default, from a rule for lines.
	NotArea
	// Measured replaces the size by width=* or est_width=*.
	Measured
	// EvenDisused includes elements with disused=yes or abandoned=yes.
	EvenDisused
)

// LaneWidth is the width of a road lane in metres, markings included.
const LaneWidth = 3.25

// Rules returns the table that defines the twelve layers. An element may match several rules.
//
// The authors of Loc2Vec never published their list of channels. This table holds what
// openstreetmap-carto, OpenMapTiles, Shortbread and Protomaps agree to show as visible ground, with
// these decisions:
//
//   - administrative and protection boundaries, such as nature reserves and aerodromes, are left out:
//     they would fill a layer and say nothing about the ground;
//   - single trees, hedges and benches are left out, because few cities map them;
//   - elements underground or indoors are left out;
//   - a lifecycle prefix, as in disused:shop=*, makes a different key and so hides an element without
//     a rule.
//
// Compared tag by tag with openstreetmap-carto (October 2025) and OpenMapTiles (July 2026), the table
// lacks street furniture, barriers, relief, power lines, masts and towers, place names, and some rare
// ground: breakwaters, dams and weirs, outlines of bridges, single parking spaces, outdoor seating,
// generators and wilderness huts.
func Rules() []Rule {
	const (
		area = loc2vec.KindArea
		line = loc2vec.KindLine
		disc = loc2vec.KindDisc

		water       = loc2vec.Water
		vegetation  = loc2vec.Vegetation
		park        = loc2vec.Park
		residential = loc2vec.Residential
		commercial  = loc2vec.Commercial
		building    = loc2vec.Building
		majorRoad   = loc2vec.MajorRoad
		minorRoad   = loc2vec.MinorRoad
		path        = loc2vec.Path
		transport   = loc2vec.Transport
		civic       = loc2vec.Civic
		commerce    = loc2vec.Commerce
	)
	return []Rule{
		// Water. Riverbanks and lakes are areas; narrow or roughly mapped water is a line. The sea is
		// built from coastlines, without a rule.
		{water, area, "natural", "water bay strait", 0, 0, Surface, "", ""},
		{water, area, "waterway", "riverbank dock", 0, 0, Surface, "", ""},
		{water, area, "waterway", "river stream canal", 0, 0, Surface | AreaTagged, "", ""},
		{water, area, "landuse", "reservoir basin salt_pond aquaculture", 0, 0, 0, "", ""},
		{water, area, "leisure", "swimming_pool", 0, 0, Surface | AboveGround, "", ""},
		{water, area, "amenity", "swimming_pool fountain", 0, 0, Surface, "", ""},
		{water, line, "waterway", "river", 10, 0, Surface | Measured, "", ""},
		{water, line, "waterway", "canal", 8, 0, Surface | Measured, "", ""},
		{water, line, "waterway", "stream tidal_channel", 2.5, 0, Surface | Measured, "", ""},
		{water, line, "waterway", "ditch drain", 2, 0, Surface | Measured, "", ""},

		// Vegetation and natural ground.
		{vegetation, area, "natural", "wood scrub heath moor grassland fell tundra shrubbery wetland marsh mud " +
			"sand beach dune shingle shoal reef bare_rock rock stone scree glacier", 0, 0, 0, "", ""},
		{vegetation, area, "landuse", "forest logging meadow grass farmland farm farmyard field orchard vineyard " +
			"plant_nursery greenhouse_horticulture flowerbed greenfield conservation animal_keeping", 0, 0, 0, "", ""},
		{vegetation, area, "landcover", "trees grass scrub", 0, 0, 0, "", ""},
		{vegetation, line, "natural", "tree_row", 5, 0, 0, "", ""},

		// Parks and recreation.
		{park, area, "leisure", "park garden pitch playground golf_course sports_centre stadium track common dog_park " +
			"recreation_ground ice_rink horse_riding miniature_golf disc_golf_course water_park fitness_station " +
			"summer_camp beach_resort marina swimming_area bandstand schoolyard", 0, 0, AboveGround, "", ""},
		{park, area, "landuse", "recreation_ground village_green allotments cemetery winter_sports", 0, 0, 0, "", ""},
		{park, area, "amenity", "grave_yard", 0, 0, 0, "", ""},
		{park, area, "tourism", "zoo theme_park camp_site caravan_site picnic_site", 0, 0, 0, "", ""},
		{park, line, "leisure", "track", 6, 0, Measured | NotArea, "", ""},
		{park, disc, "leisure", "park garden recreation_ground sports_centre stadium golf_course", 20, 0, 0, "", ""},
		{park, disc, "leisure", "pitch playground dog_park miniature_golf ice_rink water_park fitness_station", 10, 0, 0, "", ""},
		{park, disc, "tourism", "zoo theme_park camp_site caravan_site", 20, 0, 0, "", ""},
		{park, disc, "tourism", "picnic_site viewpoint", 6, 0, 0, "", ""},

		// Residential land.
		{residential, area, "landuse", "residential", 0, 0, 0, "", ""},

		// Commercial and industrial land.
		{commercial, area, "landuse", "commercial retail industrial construction brownfield garages landfill quarry " +
			"railway port harbour depot military", 0, 0, 0, "", ""},
		{commercial, area, "man_made", "works wastewater_plant water_works", 0, 0, 0, "", ""},
		{commercial, area, "power", "plant substation", 0, 0, AboveGround, "", ""},
		{commercial, area, "building", "commercial industrial office warehouse factory manufacture", 0, 0, AboveGround, "", ""},
		{commercial, area, "waterway", "boatyard", 0, 0, 0, "", ""},

		// Buildings. Where parts and outline are both mapped they overlap, which does not change the
		// coverage. Some regions map buildings as points only.
		{building, area, "building", "*", 0, 0, AboveGround | EvenDisused, "", ""},
		{building, area, "building:part", "*", 0, 0, AboveGround | EvenDisused, "", ""},
		{building, area, "man_made", "storage_tank silo gasometer cooling_tower water_tower", 0, 0, AboveGround | EvenDisused, "", ""},
		{building, disc, "building", "*", 5, 0, AboveGround | EvenDisused, "", "building=entrance"},

		// Roads. A motorway or trunk road usually has one line for each direction. An area shows the
		// true shape of a road that also has a line.
		{majorRoad, line, "highway", "motorway", 13, 5, Surface | Measured, "", ""},
		{majorRoad, line, "highway", "trunk", 11, 3, Surface | Measured, "", ""},
		{majorRoad, line, "highway", "primary", 10, 2, Surface | Measured, "", ""},
		{majorRoad, line, "highway", "secondary", 9, 1.5, Surface | Measured, "", ""},
		{majorRoad, line, "highway", "motorway_link trunk_link", 7, 3, Surface | Measured, "", ""},
		{majorRoad, line, "highway", "primary_link secondary_link", 6, 1.5, Surface | Measured, "", ""},
		{majorRoad, area, "highway", "motorway trunk primary secondary", 0, 0, Surface | AreaTagged, "", ""},
		{minorRoad, line, "highway", "tertiary", 8, 1, Surface | Measured, "", ""},
		{minorRoad, line, "highway", "residential unclassified road busway bus_guideway raceway", 6, 1, Surface | Measured, "", ""},
		{minorRoad, line, "highway", "tertiary_link living_street", 5, 1, Surface | Measured, "", ""},
		{minorRoad, line, "highway", "service", 4, 1, Surface | Measured, "", "service=driveway service=parking_aisle"},
		{minorRoad, line, "highway", "service", 3, 0.5, Surface | Measured, "service=driveway service=parking_aisle", ""},
		{minorRoad, area, "highway", "tertiary residential unclassified living_street service", 0, 0, Surface | AreaTagged, "", ""},

		// Paths and pedestrian areas.
		{path, line, "highway", "pedestrian", 4, 0, Surface | Measured, "", ""},
		{path, line, "highway", "track", 3, 0, Surface | Measured, "", ""},
		{path, line, "highway", "cycleway", 2.5, 0, Surface | Measured, "", ""},
		{path, line, "highway", "footway bridleway steps", 2, 0, Surface | Measured, "", ""},
		{path, line, "highway", "path", 1.5, 0, Surface | Measured, "", ""},
		{path, area, "highway", "pedestrian footway path steps cycleway track platform", 0, 0, Surface | AreaTagged, "", ""},
		{path, area, "place", "square", 0, 0, 0, "", ""},
		{path, area, "man_made", "pier", 0, 0, 0, "", ""},
		{path, line, "man_made", "pier", 3, 0, Measured | NotArea, "", ""},

		// Transport other than streets. Of an aerodrome only runways, taxiways and aprons are drawn.
		{transport, line, "railway", "rail light_rail tram narrow_gauge funicular monorail preserved", 4, 0, Surface, "", ""},
		{transport, line, "railway", "subway", 4, 0, Surface | AboveGround, "", ""},
		{transport, line, "railway", "platform", 3, 0, Surface | AboveGround | Measured | NotArea, "", ""},
		{transport, line, "public_transport", "platform", 3, 0, Surface | AboveGround | Measured | NotArea, "", ""},
		{transport, line, "aeroway", "runway", 40, 0, Measured | NotArea, "", ""},
		{transport, line, "aeroway", "taxiway taxilane", 15, 0, Measured, "", ""},
		{transport, line, "aerialway", "cable_car gondola mixed_lift chair_lift drag_lift t-bar j-bar platter rope_tow magic_carpet", 4, 0, Surface, "", ""},
		{transport, area, "railway", "station platform", 0, 0, AboveGround, "", ""},
		{transport, area, "public_transport", "station platform", 0, 0, AboveGround, "", ""},
		{transport, area, "building", "train_station transportation", 0, 0, AboveGround, "", ""},
		{transport, area, "amenity", "parking bicycle_parking motorcycle_parking bus_station ferry_terminal fuel taxi " +
			"car_rental car_sharing bicycle_rental charging_station", 0, 0, AboveGround, "", "parking=underground"},
		{transport, area, "highway", "services rest_area", 0, 0, 0, "", ""},
		{transport, area, "aeroway", "runway apron terminal helipad hangar", 0, 0, 0, "", ""},
		{transport, area, "aeroway", "taxiway taxilane", 0, 0, AreaTagged, "", ""},
		{transport, disc, "railway", "station", 20, 0, 0, "", ""},
		{transport, disc, "railway", "halt", 12, 0, 0, "", ""},
		{transport, disc, "railway", "tram_stop subway_entrance", 6, 0, 0, "", ""},
		{transport, disc, "public_transport", "platform", 6, 0, 0, "", ""},
		{transport, disc, "highway", "bus_stop", 6, 0, 0, "", ""},
		{transport, disc, "amenity", "bus_station ferry_terminal", 20, 0, 0, "", ""},
		{transport, disc, "amenity", "parking fuel", 12, 0, 0, "", "parking=underground"},
		{transport, disc, "amenity", "bicycle_parking motorcycle_parking parking_entrance taxi car_rental car_sharing " +
			"bicycle_rental charging_station", 5, 0, 0, "", ""},
		{transport, disc, "aeroway", "helipad", 12, 0, 0, "", ""},
		{transport, disc, "aerialway", "station", 8, 0, 0, "", ""},

		// Education, health, worship, government, culture. The disc of a school or hospital is as large
		// as its grounds usually are.
		{civic, area, "amenity", "school university college kindergarten childcare music_school language_school library " +
			"research_institute hospital clinic doctors dentist nursing_home social_facility place_of_worship monastery " +
			"townhall courthouse police fire_station ambulance_station prison embassy public_building community_centre " +
			"social_centre arts_centre theatre planetarium conference_centre exhibition_centre events_venue post_office " +
			"crematorium public_bath", 0, 0, AboveGround, "", ""},
		{civic, area, "landuse", "education religious churchyard institutional civic_admin", 0, 0, 0, "", ""},
		{civic, area, "building", "school university college kindergarten hospital church chapel cathedral mosque temple " +
			"synagogue shrine monastery civic public government museum fire_station", 0, 0, AboveGround, "", ""},
		{civic, area, "healthcare", "*", 0, 0, AboveGround, "", "healthcare=yes"},
		{civic, area, "office", "government diplomatic", 0, 0, AboveGround, "", ""},
		{civic, area, "tourism", "museum gallery", 0, 0, AboveGround, "", ""},
		{civic, area, "historic", "castle fort monument memorial ruins archaeological_site city_gate manor palace monastery " +
			"church tower tomb", 0, 0, 0, "", ""},
		{civic, disc, "amenity", "school university college kindergarten hospital", 15, 0, 0, "", ""},
		{civic, disc, "amenity", "childcare music_school language_school library research_institute clinic doctors dentist " +
			"nursing_home social_facility place_of_worship monastery townhall courthouse police fire_station ambulance_station " +
			"prison embassy public_building community_centre social_centre arts_centre theatre planetarium conference_centre " +
			"exhibition_centre events_venue post_office crematorium public_bath", 8, 0, 0, "", ""},
		{civic, disc, "healthcare", "*", 6, 0, 0, "", "healthcare=yes"},
		{civic, disc, "office", "government diplomatic", 6, 0, 0, "", ""},
		{civic, disc, "tourism", "museum gallery", 8, 0, 0, "", ""},
		{civic, disc, "historic", "castle fort monument memorial ruins archaeological_site city_gate manor palace monastery " +
			"church tower tomb", 6, 0, 0, "", "memorial=stolperstein memorial=plaque memorial:type=stolperstein memorial:type=plaque"},

		// Shops and other points of interest.
		{commerce, area, "shop", "*", 0, 0, AboveGround, "", "shop=vacant"},
		{commerce, area, "craft", "*", 0, 0, AboveGround, "", ""},
		{commerce, area, "office", "*", 0, 0, AboveGround, "", "office=government office=diplomatic"},
		{commerce, area, "building", "retail supermarket kiosk hotel", 0, 0, AboveGround, "", ""},
		{commerce, area, "amenity", "restaurant cafe bar pub fast_food food_court ice_cream biergarten bank bureau_de_change " +
			"pharmacy veterinary cinema nightclub casino gambling marketplace car_wash driving_school internet_cafe", 0, 0, AboveGround, "", ""},
		{commerce, area, "tourism", "hotel motel hostel guest_house apartment chalet alpine_hut aquarium", 0, 0, AboveGround, "", ""},
		{commerce, area, "leisure", "fitness_centre sports_hall bowling_alley amusement_arcade adult_gaming_centre dance sauna", 0, 0, AboveGround, "", ""},
		{commerce, disc, "shop", "*", 6, 0, 0, "", "shop=vacant"},
		{commerce, disc, "craft", "*", 6, 0, 0, "", ""},
		{commerce, disc, "office", "*", 6, 0, 0, "", "office=government office=diplomatic"},
		{commerce, disc, "amenity", "restaurant cafe bar pub fast_food food_court ice_cream biergarten bank bureau_de_change " +
			"pharmacy veterinary cinema nightclub casino gambling marketplace car_wash driving_school internet_cafe", 6, 0, 0, "", ""},
		{commerce, disc, "amenity", "atm", 3, 0, 0, "", ""},
		{commerce, disc, "tourism", "hotel motel hostel guest_house apartment chalet alpine_hut aquarium attraction", 6, 0, 0, "", ""},
		{commerce, disc, "leisure", "fitness_centre sports_hall bowling_alley amusement_arcade adult_gaming_centre dance sauna", 6, 0, 0, "", ""},
	}
}
