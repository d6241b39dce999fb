// What a catalog entry keeps of a release's categories, so that a code can be answered from the
// pages of its category alone (Image::BuildPart), before there is an image. Used by Store alone.
//
// Thread-safe: free functions.
#pragma once

#include "absl/status/status.h"
#include "storage/image/page.h"
#include "storage/model/date.h"
#include "storage/store/catalog.h"
#include "storage/store/publication.h"

namespace codeset::store {

// Sets it in the entry of a release, of the groups that a publication brings.
void DescribeCategories(const Publication& publication, CatalogEntry& entry);

// Whether parts of a release's image can be built on a day. Not where its entry, or that of the
// release whose chapters and sections it has on loan, was written by a version that kept none of
// it, nor where the tabular list has a category twice, or codes below a category not their own.
bool HasParts(const Catalog& catalog, const CatalogRelease& release, model::Date day);

// Holds what an entry keeps against the pages. DATA_DAMAGED.
absl::Status VerifyCategories(const image::PageReader& reader, const CatalogRelease& release);

}  // namespace codeset::store
