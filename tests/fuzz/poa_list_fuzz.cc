// Lists of POA-exempt codes, and the count in their read-me files.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "storage/model/concept_id.h"
#include "storage/source/poa_list.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {
namespace {

constexpr char kName[] = "POAexemptCodes.txt";

std::string Write(const source::PoaListing& listing) {
  std::string text = "Order\tPOAexemptCode\tDescription\r\n";
  for (const source::PoaRow& row : listing.rows) {
    absl::StrAppend(&text, row.order_number, "\t", model::DottedCode(row.code), "\tA title\r\n");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = fuzz::TextOf(data, size);
  if (const std::optional<int> count = source::PoaReadMeCount(text); count.has_value()) {
    fuzz::Expect(*count >= 0, "a count is negative");
  }
  fuzz::Expect(!(source::IsPoaHeading(text) && source::IsPoaChangesHeading(text)),
               "a heading is of two kinds");
  const absl::StatusOr<source::PoaListing> listing = source::ParsePoaList(kName, text);
  if (!listing.ok()) {
    return fuzz::ExpectFileError(listing.status(), kName, text, {model::Reason::kSourceMalformed});
  }
  const auto same = [](const source::PoaRow& a, const source::PoaRow& b) {
    return a.code == b.code && a.order_number == b.order_number;
  };
  const absl::StatusOr<source::PoaListing> again = source::ParsePoaList(kName, Write(*listing));
  fuzz::ExpectOk(again.status(), "what was written of a list is refused");
  fuzz::Expect(std::equal(listing->rows.begin(), listing->rows.end(), again->rows.begin(),
                          again->rows.end(), same),
               "a list is read otherwise when written again");
  fuzz::Expect(source::IsPartOf(*listing, *again), "a list is no part of itself");
  const model::PoaList codes = source::CodesOf(*listing);
  fuzz::Expect(std::is_sorted(codes.codes.begin(), codes.codes.end()), "codes are not in order");
  fuzz::ExpectCanonical(model::FacetGroup::kPoa, model::EncodePoa(codes));
  return 0;
}

}  // namespace codeset
