// The requests of a measurement, encoded beforehand.
//
// Thread-safe: a free function.
#pragma once

#include <string>

#include "tests/benchmark/grpc_transport.h"
#include "tests/benchmark/measure_spec.h"
#include "tests/benchmark/values.h"

namespace codeset::bench {

// How many requests are prepared of which each has so many codes: as many as show all parts of a
// release, in no more than some megabytes.
int PreparedRequests(int codes_each);

// The requests that a line asks for, about a release and codes drawn from those known. `spec` is
// valid, see ParseMeasureSpec.
GrpcRequests PrepareGrpcRequests(const MeasureSpec& spec, const std::string& release,
                                 const KnownCodes& known);

}  // namespace codeset::bench
