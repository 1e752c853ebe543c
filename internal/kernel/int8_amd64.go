package kernel

func nativeInt8() []*Int8 { return nil }
