package loc2vec

// A Rule sorts the map objects that carry one of its tags into one layer, drawn in one way.
type Rule struct {
	Layer Layer
	Kind  Kind
	// Key and Values name the tags that the rule is about. Values are separated by spaces; "*" stands
	// for every value but "no".
	Key, Values string
	// Size in metres when no tag says it: a line's whole width, a disc's radius, 0 for an area.
	Size float64
	// Verge in metres is what a carriageway has beside its lanes: with lanes=* a line is
	// lanes · LaneWidth + Verge wide. 0 keeps lanes out of it.
	Verge float64
	// When narrows the rule down.
	When Condition
	// If and Unless hold tags, "key=value" separated by spaces: one of If must be there when there are
	// any, none of Unless may be.
	If, Unless string
}

// Condition is a set of restrictions on a rule, or'ed together.
type Condition uint8

const (
	// Surface keeps out what lies in a tunnel or culvert. A passage through a building counts as
	// surface.
	Surface Condition = 1 << iota
	// Above keeps out what has a negative layer=*.
	Above
	// AreaTagged asks for area=yes on a closed way, which is a line otherwise. Multipolygon relations
	// are areas anyway.
	AreaTagged
	// OpenWay keeps a line rule away from closed ways that are areas by default.
	OpenWay
	// Measured lets width=* (or est_width=*) replace the size.
	Measured
	// EvenDisused draws the object although disused=yes or abandoned=yes.
	EvenDisused
)

// LaneWidth is the width of a road lane in metres, markings included.
const LaneWidth = 3.25

// Rules returns the table that defines the twelve layers.
//
// The channel list of the original Loc2Vec was never published. This one was put together from
// what openstreetmap-carto, OpenMapTiles, Shortbread and Protomaps agree to be visible ground, with
// these decisions: administrative and protection boundaries (nature reserves, aerodromes) are
// not drawn because they would flood a layer without saying what is on the ground; single trees,
// hedges and benches are left out because few cities map them; what lies underground or indoors
// is left out; a lifecycle prefix (disused:shop=*) makes a different key and hides the object by
// itself. An object may match several rules.
//
// Compared tag by tag with openstreetmap-carto (of October 2025) and OpenMapTiles (of July 2026), what those draw
// and this table lacks is furniture, barriers, relief, power lines, masts and towers, names of places, and some rare
// ground: breakwaters, dams and weirs, outlines of bridges, single parking spaces, outdoor seating, generators and
// huts in the wild.
func Rules() []Rule {
	const (
		area = KindArea
		line = KindLine
		disc = KindDisc
	)
	return []Rule{
		// Water. Riverbanks and lakes are areas, narrow or roughly mapped water is a line; the sea comes
		// from coastlines and is not in this table.
		{Water, area, "natural", "water bay strait", 0, 0, Surface, "", ""},
		{Water, area, "waterway", "riverbank dock", 0, 0, Surface, "", ""},
		{Water, area, "waterway", "river stream canal", 0, 0, Surface | AreaTagged, "", ""},
		{Water, area, "landuse", "reservoir basin salt_pond aquaculture", 0, 0, 0, "", ""},
		{Water, area, "leisure", "swimming_pool", 0, 0, Surface | Above, "", ""},
		{Water, area, "amenity", "swimming_pool fountain", 0, 0, Surface, "", ""},
		{Water, line, "waterway", "river", 10, 0, Surface | Measured, "", ""},
		{Water, line, "waterway", "canal", 8, 0, Surface | Measured, "", ""},
		{Water, line, "waterway", "stream tidal_channel", 2.5, 0, Surface | Measured, "", ""},
		{Water, line, "waterway", "ditch drain", 2, 0, Surface | Measured, "", ""},

		// Vegetation and natural ground.
		{Vegetation, area, "natural", "wood scrub heath moor grassland fell tundra shrubbery wetland marsh mud " +
			"sand beach dune shingle shoal reef bare_rock rock stone scree glacier", 0, 0, 0, "", ""},
		{Vegetation, area, "landuse", "forest logging meadow grass farmland farm farmyard field orchard vineyard " +
			"plant_nursery greenhouse_horticulture flowerbed greenfield conservation animal_keeping", 0, 0, 0, "", ""},
		{Vegetation, area, "landcover", "trees grass scrub", 0, 0, 0, "", ""},
		{Vegetation, line, "natural", "tree_row", 5, 0, 0, "", ""},

		// Parks and recreation.
		{Park, area, "leisure", "park garden pitch playground golf_course sports_centre stadium track common dog_park " +
			"recreation_ground ice_rink horse_riding miniature_golf disc_golf_course water_park fitness_station " +
			"summer_camp beach_resort marina swimming_area bandstand schoolyard", 0, 0, Above, "", ""},
		{Park, area, "landuse", "recreation_ground village_green allotments cemetery winter_sports", 0, 0, 0, "", ""},
		{Park, area, "amenity", "grave_yard", 0, 0, 0, "", ""},
		{Park, area, "tourism", "zoo theme_park camp_site caravan_site picnic_site", 0, 0, 0, "", ""},
		{Park, line, "leisure", "track", 6, 0, Measured | OpenWay, "", ""},
		{Park, disc, "leisure", "park garden recreation_ground sports_centre stadium golf_course", 20, 0, 0, "", ""},
		{Park, disc, "leisure", "pitch playground dog_park miniature_golf ice_rink water_park fitness_station", 10, 0, 0, "", ""},
		{Park, disc, "tourism", "zoo theme_park camp_site caravan_site", 20, 0, 0, "", ""},
		{Park, disc, "tourism", "picnic_site viewpoint", 6, 0, 0, "", ""},

		// Residential land.
		{Residential, area, "landuse", "residential", 0, 0, 0, "", ""},

		// Commercial and industrial land.
		{Commercial, area, "landuse", "commercial retail industrial construction brownfield garages landfill quarry " +
			"railway port harbour depot military", 0, 0, 0, "", ""},
		{Commercial, area, "man_made", "works wastewater_plant water_works", 0, 0, 0, "", ""},
		{Commercial, area, "power", "plant substation", 0, 0, Above, "", ""},
		{Commercial, area, "building", "commercial industrial office warehouse factory manufacture", 0, 0, Above, "", ""},
		{Commercial, area, "waterway", "boatyard", 0, 0, 0, "", ""},

		// Buildings. Parts repeat the outline where both are mapped, which coverage cannot tell apart.
		// In some regions buildings are only points.
		{Building, area, "building", "*", 0, 0, Above | EvenDisused, "", ""},
		{Building, area, "building:part", "*", 0, 0, Above | EvenDisused, "", ""},
		{Building, area, "man_made", "storage_tank silo gasometer cooling_tower water_tower", 0, 0, Above | EvenDisused, "", ""},
		{Building, disc, "building", "*", 5, 0, Above | EvenDisused, "", "building=entrance"},

		// Roads. A motorway or trunk road is usually one line for each direction. Areas repeat a road's
		// line at its true shape.
		{MajorRoad, line, "highway", "motorway", 13, 5, Surface | Measured, "", ""},
		{MajorRoad, line, "highway", "trunk", 11, 3, Surface | Measured, "", ""},
		{MajorRoad, line, "highway", "primary", 10, 2, Surface | Measured, "", ""},
		{MajorRoad, line, "highway", "secondary", 9, 1.5, Surface | Measured, "", ""},
		{MajorRoad, line, "highway", "motorway_link trunk_link", 7, 3, Surface | Measured, "", ""},
		{MajorRoad, line, "highway", "primary_link secondary_link", 6, 1.5, Surface | Measured, "", ""},
		{MajorRoad, area, "highway", "motorway trunk primary secondary", 0, 0, Surface | AreaTagged, "", ""},
		{MinorRoad, line, "highway", "tertiary", 8, 1, Surface | Measured, "", ""},
		{MinorRoad, line, "highway", "residential unclassified road busway bus_guideway raceway", 6, 1, Surface | Measured, "", ""},
		{MinorRoad, line, "highway", "tertiary_link living_street", 5, 1, Surface | Measured, "", ""},
		{MinorRoad, line, "highway", "service", 4, 1, Surface | Measured, "", "service=driveway service=parking_aisle"},
		{MinorRoad, line, "highway", "service", 3, 0.5, Surface | Measured, "service=driveway service=parking_aisle", ""},
		{MinorRoad, area, "highway", "tertiary residential unclassified living_street service", 0, 0, Surface | AreaTagged, "", ""},

		// Paths and pedestrian areas.
		{Path, line, "highway", "pedestrian", 4, 0, Surface | Measured, "", ""},
		{Path, line, "highway", "track", 3, 0, Surface | Measured, "", ""},
		{Path, line, "highway", "cycleway", 2.5, 0, Surface | Measured, "", ""},
		{Path, line, "highway", "footway bridleway steps", 2, 0, Surface | Measured, "", ""},
		{Path, line, "highway", "path", 1.5, 0, Surface | Measured, "", ""},
		{Path, area, "highway", "pedestrian footway path steps cycleway track platform", 0, 0, Surface | AreaTagged, "", ""},
		{Path, area, "place", "square", 0, 0, 0, "", ""},
		{Path, area, "man_made", "pier", 0, 0, 0, "", ""},
		{Path, line, "man_made", "pier", 3, 0, Measured | OpenWay, "", ""},

		// Transport other than streets. Whole aerodromes are not drawn, what aircraft roll on is.
		{Transport, line, "railway", "rail light_rail tram narrow_gauge funicular monorail preserved", 4, 0, Surface, "", ""},
		{Transport, line, "railway", "subway", 4, 0, Surface | Above, "", ""},
		{Transport, line, "railway", "platform", 3, 0, Surface | Above | Measured | OpenWay, "", ""},
		{Transport, line, "public_transport", "platform", 3, 0, Surface | Above | Measured | OpenWay, "", ""},
		{Transport, line, "aeroway", "runway", 40, 0, Measured | OpenWay, "", ""},
		{Transport, line, "aeroway", "taxiway taxilane", 15, 0, Measured, "", ""},
		{Transport, line, "aerialway", "cable_car gondola mixed_lift chair_lift drag_lift t-bar j-bar platter rope_tow magic_carpet", 4, 0, Surface, "", ""},
		{Transport, area, "railway", "station platform", 0, 0, Above, "", ""},
		{Transport, area, "public_transport", "station platform", 0, 0, Above, "", ""},
		{Transport, area, "building", "train_station transportation", 0, 0, Above, "", ""},
		{Transport, area, "amenity", "parking bicycle_parking motorcycle_parking bus_station ferry_terminal fuel taxi " +
			"car_rental car_sharing bicycle_rental charging_station", 0, 0, Above, "", "parking=underground"},
		{Transport, area, "highway", "services rest_area", 0, 0, 0, "", ""},
		{Transport, area, "aeroway", "runway apron terminal helipad hangar", 0, 0, 0, "", ""},
		{Transport, area, "aeroway", "taxiway taxilane", 0, 0, AreaTagged, "", ""},
		{Transport, disc, "railway", "station", 20, 0, 0, "", ""},
		{Transport, disc, "railway", "halt", 12, 0, 0, "", ""},
		{Transport, disc, "railway", "tram_stop subway_entrance", 6, 0, 0, "", ""},
		{Transport, disc, "public_transport", "platform", 6, 0, 0, "", ""},
		{Transport, disc, "highway", "bus_stop", 6, 0, 0, "", ""},
		{Transport, disc, "amenity", "bus_station ferry_terminal", 20, 0, 0, "", ""},
		{Transport, disc, "amenity", "parking fuel", 12, 0, 0, "", "parking=underground"},
		{Transport, disc, "amenity", "bicycle_parking motorcycle_parking parking_entrance taxi car_rental car_sharing " +
			"bicycle_rental charging_station", 5, 0, 0, "", ""},
		{Transport, disc, "aeroway", "helipad", 12, 0, 0, "", ""},
		{Transport, disc, "aerialway", "station", 8, 0, 0, "", ""},

		// Education, health, worship, government, culture. As a point, a school or hospital stands for its
		// grounds.
		{Civic, area, "amenity", "school university college kindergarten childcare music_school language_school library " +
			"research_institute hospital clinic doctors dentist nursing_home social_facility place_of_worship monastery " +
			"townhall courthouse police fire_station ambulance_station prison embassy public_building community_centre " +
			"social_centre arts_centre theatre planetarium conference_centre exhibition_centre events_venue post_office " +
			"crematorium public_bath", 0, 0, Above, "", ""},
		{Civic, area, "landuse", "education religious churchyard institutional civic_admin", 0, 0, 0, "", ""},
		{Civic, area, "building", "school university college kindergarten hospital church chapel cathedral mosque temple " +
			"synagogue shrine monastery civic public government museum fire_station", 0, 0, Above, "", ""},
		{Civic, area, "healthcare", "*", 0, 0, Above, "", "healthcare=yes"},
		{Civic, area, "office", "government diplomatic", 0, 0, Above, "", ""},
		{Civic, area, "tourism", "museum gallery", 0, 0, Above, "", ""},
		{Civic, area, "historic", "castle fort monument memorial ruins archaeological_site city_gate manor palace monastery " +
			"church tower tomb", 0, 0, 0, "", ""},
		{Civic, disc, "amenity", "school university college kindergarten hospital", 15, 0, 0, "", ""},
		{Civic, disc, "amenity", "childcare music_school language_school library research_institute clinic doctors dentist " +
			"nursing_home social_facility place_of_worship monastery townhall courthouse police fire_station ambulance_station " +
			"prison embassy public_building community_centre social_centre arts_centre theatre planetarium conference_centre " +
			"exhibition_centre events_venue post_office crematorium public_bath", 8, 0, 0, "", ""},
		{Civic, disc, "healthcare", "*", 6, 0, 0, "", "healthcare=yes"},
		{Civic, disc, "office", "government diplomatic", 6, 0, 0, "", ""},
		{Civic, disc, "tourism", "museum gallery", 8, 0, 0, "", ""},
		{Civic, disc, "historic", "castle fort monument memorial ruins archaeological_site city_gate manor palace monastery " +
			"church tower tomb", 6, 0, 0, "", "memorial=stolperstein memorial=plaque memorial:type=stolperstein memorial:type=plaque"},

		// Shops and other points of interest.
		{Commerce, area, "shop", "*", 0, 0, Above, "", "shop=vacant"},
		{Commerce, area, "craft", "*", 0, 0, Above, "", ""},
		{Commerce, area, "office", "*", 0, 0, Above, "", "office=government office=diplomatic"},
		{Commerce, area, "building", "retail supermarket kiosk hotel", 0, 0, Above, "", ""},
		{Commerce, area, "amenity", "restaurant cafe bar pub fast_food food_court ice_cream biergarten bank bureau_de_change " +
			"pharmacy veterinary cinema nightclub casino gambling marketplace car_wash driving_school internet_cafe", 0, 0, Above, "", ""},
		{Commerce, area, "tourism", "hotel motel hostel guest_house apartment chalet alpine_hut aquarium", 0, 0, Above, "", ""},
		{Commerce, area, "leisure", "fitness_centre sports_hall bowling_alley amusement_arcade adult_gaming_centre dance sauna", 0, 0, Above, "", ""},
		{Commerce, disc, "shop", "*", 6, 0, 0, "", "shop=vacant"},
		{Commerce, disc, "craft", "*", 6, 0, 0, "", ""},
		{Commerce, disc, "office", "*", 6, 0, 0, "", "office=government office=diplomatic"},
		{Commerce, disc, "amenity", "restaurant cafe bar pub fast_food food_court ice_cream biergarten bank bureau_de_change " +
			"pharmacy veterinary cinema nightclub casino gambling marketplace car_wash driving_school internet_cafe", 6, 0, 0, "", ""},
		{Commerce, disc, "amenity", "atm", 3, 0, 0, "", ""},
		{Commerce, disc, "tourism", "hotel motel hostel guest_house apartment chalet alpine_hut aquarium attraction", 6, 0, 0, "", ""},
		{Commerce, disc, "leisure", "fitness_centre sports_hall bowling_alley amusement_arcade adult_gaming_centre dance sauna", 6, 0, 0, "", ""},
	}
}
