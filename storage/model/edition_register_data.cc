#include "storage/model/edition_register_data.h"

namespace codeset::model {

const absl::string_view kBuiltInEditions = R"(# Editions of ICD-10-CM known to have been published.
# id      in force    changed against the edition before
2013      2012-10-01  order,tabular
2014      2013-10-01  order,tabular
2015      2014-10-01  -                              # code freeze: 2014 and 2016 are the same
2016      2015-10-01  poa                            # mandated from this day
2017      2016-10-01  order,tabular,poa,conversion
2018      2017-10-01  order,tabular,poa,conversion
2019      2018-10-01  order,tabular,poa,conversion
2020      2019-10-01  order,tabular,poa,conversion
2020-04   2020-04-01  order,tabular,conversion       # U07.0, U07.1; never an order file
2021      2020-10-01  order,tabular,poa,conversion
2021-01   2021-01-01  order,tabular,poa,conversion
2022      2021-10-01  order,tabular,poa,conversion
2022-04   2022-04-01  order,tabular,poa,conversion
2023      2022-10-01  order,tabular,poa,conversion
2023-04   2023-04-01  order,tabular,conversion
2024      2023-10-01  order,tabular,poa,conversion
2024-04   2024-04-01  tabular                        # notes and index only, as the next two
2025      2024-10-01  order,tabular,poa,conversion
2025-04   2025-04-01  tabular
2026      2025-10-01  order,tabular,poa,conversion
2026-04   2026-04-01  tabular
2027      2026-10-01  order,tabular,poa,conversion
)";

}  // namespace codeset::model
