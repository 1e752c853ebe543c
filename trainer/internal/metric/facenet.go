package metric

// faceNetSpec is the triplet loss of FaceNet on squared distances between unit vectors,
//
//	mean of [|z_a-z_p|² - |z_a-z_n|² + α]+.
//
// Schroff, Kalenichenko, Philbin: FaceNet, CVPR 2015, eq. 2. The paper sums, this averages.
func faceNetSpec() Spec {
	return Spec{
		Name:   "facenet",
		Doc:    "triplet hinge on squared distances of unit vectors; triplets=semihard is the published mining",
		Paper:  "Schroff, Kalenichenko, Philbin 2015, eq. 2",
		Space:  SquaredSphere,
		Params: []Param{marginParam(0.2), hingeTripletsParam(), reduceParam()},
		build:  hinges(SquaredSphere),
	}
}
