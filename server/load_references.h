// What a load reports of the codes that the notes of a tabular list name.
//
// Thread-safe: a free function.
#pragma once

#include "codeset/v1/admin.pb.h"
#include "storage/model/release.h"

namespace codeset::server {

// The most unread references that a report lists; it counts all.
inline constexpr int kMaxUnreadReferences = 1000;

// The part of a report that tells of references: how many were read, and what looks like one
// and could not be (storage/model/note_reference.h), in tabular order.
v1::LoadReport ReportReferences(const model::OrderFacts& order, const model::Tabular& tabular);

}  // namespace codeset::server
