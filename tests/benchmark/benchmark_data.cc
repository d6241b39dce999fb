#include "tests/benchmark/benchmark_data.h"

#include <random>

#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/listing.h"
#include "tests/benchmark/values.h"

namespace codeset::bench {
namespace {

constexpr int kQuestions = 1 << 16;

}  // namespace

absl::StatusOr<std::unique_ptr<BenchmarkData>> BenchmarkData::Open(const std::string& data_dir,
                                                                   const std::string& release) {
  auto data = std::make_unique<BenchmarkData>();
  store::StoreOptions options;
  options.create_if_missing = false;
  options.owner = "a benchmark";
  ASSIGN_OR_RETURN(data->store, store::Store::Open(data_dir, options));
  // An aggregate, which make_unique does not make.
  data->backend.reset(new server::Backend{*data->store});  // NOLINT(modernize-make-unique)
  data->catalog = data->store->catalog();
  ASSIGN_OR_RETURN(data->image, data->store->GetImage(*data->catalog, release));
  const image::Image& image = *data->image;
  query::ListFilter is_code;
  is_code.kinds = {v1::CONCEPT_KIND_CATEGORY, v1::CONCEPT_KIND_SUBCATEGORY, v1::CONCEPT_KIND_CODE};
  const std::vector<image::NodeIndex> codes = query::ListConcepts(image, is_code);
  std::vector<v1::Concept> concepts;
  for (const image::NodeIndex index : codes) {
    const auto node = image.node(index);
    v1::Concept& value = concepts.emplace_back();
    value.set_id(model::DottedCode(node.key));
    value.set_billable(node.billable);
    value.set_order_number(static_cast<int32_t>(concepts.size()));
  }
  const KnownCodes known(concepts);
  CodeSource mixed(known, /*billable_only=*/false, /*unknown_percent=*/5, /*seed=*/1);
  CodeSource billable(known, /*billable_only=*/true, /*unknown_percent=*/0, /*seed=*/2);
  std::mt19937_64 random(3);
  for (int i = 0; i < kQuestions; ++i) {
    data->mixed_rows.push_back(mixed.Next());
    ASSIGN_OR_RETURN(data->keys.emplace_back(), model::ParseCode(data->mixed_rows.back()));
    data->billable_rows.push_back(billable.Next());
    data->nodes.push_back(codes[random() % codes.size()]);
    image::NodeIndex other = codes[random() % codes.size()];
    if (i % 2 == 0) {
      // As far above as chance will have it.
      other = data->nodes.back();
      for (uint64_t steps = 1 + random() % 4; steps-- > 0;) {
        const auto node = image.node(other);
        if (node.parent != image::kNoNode) other = node.parent;
      }
    }
    data->pairs.emplace_back(data->nodes.back(), other);
  }
  return data;
}

}  // namespace codeset::bench
