// SPDX-License-Identifier: Apache-2.0
// Apart from `find`, so that only who asks for all formats links all of them.
#include <linnet/lwm2m/format.hpp>

namespace linnet::lwm2m {

FormatTable all_formats() {
  static constexpr const Format* kAll[] = {&kText,      &kOpaque,   &kCbor,     &kSenmlJson,
                                           &kSenmlCbor, &kEtchJson, &kEtchCbor, &kTlv,
                                           &kJson10,    &kLwm2mCbor};
  return kAll;
}

}  // namespace linnet::lwm2m
