"""Words that a states of an offer: what comes with it, what it is made of, what it does, how it is, who serves it.

A scene ("the kettle is on") seldom needs them; a statement that a fact must carry seldom does without.
"""

# ruff: noqa: SIM905 (a list of words is to read and to as text)

from evaluation.gates.text import stem

_EXTRAS = (
    "burger pizza soup cake bread pastry pastries croissant ice cracker toilet bathroom bakery cinema cast encore camera lighting heating massage facial manicure apron helmet raincoat umbrella "
    "charger cable adapter adaptor carrycase pouch sleeve lid strap handle zip zipper lining seam seams stitching buckle clasp hinge "
    "hood pocket pockets sole soles insole heel toecap drawstring cuff collar frame mount tripod bracket wheels castors motor "
    "engine battery batteries display keyboard sensor sensors lens processor memory storage speaker speakers microphone remote "
    "filter filters blade blades nozzle pump hose basket tray rack rail drawers mattress topper pillow pillows duvet "
    "cushion cushions bedding towels linens robe slippers toiletries minibar kitchenette balcony terrace rooftop patio sauna jacuzzi spa pool gym "
    "lounge suite ensuite bathtub fireplace wifi broadband parking valet shuttle transfer transfers limousine chauffeur breakfast brunch "
    "meal meals drink drinks coffee tea wine beer cocktail cocktails dessert desserts tasting tastings buffet "
    "playground creche childcare kindergarten wardrobe locker lockers showers guide guides map brochure manual handbook booklet leaflet voucher tote "
    "keyring sticker stickers mug sample samples refill refills cartridge accessory accessories attachment attachments bundle kit toolkit toolbox spare spares "
    "installation setup assembly fitting delivery shipping postage courier returns exchanges repair repairs maintenance servicing "
    "cleaning laundry alterations tailoring engraving gift-wrapping wrapping packaging insurance warranty helpline hotline helpdesk "
    "training coaching tuition tutoring workshop workshops webinar webinars course courses lesson lessons certificate certificates diploma "
    "qualification accreditation exam advice consultation assessment survey inspection valuation quote instalments installments financing "
    "credit loan cashback rebate deposit subscription membership upgrade upgrades update updates app dashboard portal analytics export "
    "integration integrations backup backups encryption login template templates newsletter magazine podcast soundtrack "
    "tickets seats seating music band orchestra dj fireworks performance tour tours excursion excursions cruise ferry voyage flight flights "
    "stock stocks warehouse branches outlets showroom boutique cafe café restaurant canteen bakery cellar greenhouse workshop studio factory mill farm "
    "cleaner cleaners"
)
_PEOPLE = (
    "chef chefs cook cooks baker bakers barista baristas sommelier waiter waiters staff crew team teams driver drivers courier couriers fitter fitters "
    "engineer engineers technician technicians mechanic mechanics electrician plumber carpenter craftsman craftsmen craftswomen artisan tailor tailors seamstress "
    "designer designers architect architects expert experts specialist specialists adviser advisers advisor advisors consultant consultants teacher teachers "
    "tutor tutors instructor instructors trainer coach coaches nurse nurses doctor doctors dentist dentists vet vets therapist therapists physiotherapist "
    "midwife pharmacist pharmacists biologist botanist scientist scientists historian lawyer lawyers accountant accountants broker agent agents operator "
    "receptionist concierge butler babysitter babysitters gardener gardeners florist florists stylist stylists hairdresser barber beautician lifeguard "
    "lifeguards guide rangers ranger pilot captain musicians actors artist artists athletes olympians celebrities influencers professionals "
    "grower growers farmer farmers fishermen roasters weavers potters blacksmith customers shoppers reviewers graduates "
)
_MATERIALS = (
    "fleece microfibre microfiber polyester nylon canvas flannel satin jersey tweed corduroy mohair alpaca down feather feathers rubber latex foam "
    "memory-foam cork rattan wicker pine birch beech walnut cedar ebony glass crystal ceramic stoneware enamel brass copper bronze silver gold steel chrome granite slate "
    "marble quartz concrete resin plastic silicone acrylic plywood veneer lacquer varnish glaze fabric fabrics cloth yarn thread leatherette nubuck sheepskin "
    "cream cheese sugar salt honey syrup flour yeast dough crust filling icing frosting sauce gravy dressing herbs herb spice spices garlic "
    "onion basil mint rosemary thyme sage parsley chilli pepper paprika lemon lime orange apple pear cherry cherries berries fig figs olive olives tomato seeds nuts "
    "raisins protein fibre fiber zinc calcium magnesium iodine extract essence oil oils butterfat wax shea serum peptides fruit vegetables salad fries chips bacon ham "
    "beef chicken lamb pork turkey salmon tuna shrimp prawns lobster noodles rice pasta lentils beans chickpeas sourdough"
)
_DEEDS = (
    "taped lined padded quilted insulated reinforced sealed coated brushed engraved embroidered stitched glued welded forged moulded molded tempered laminated printed "
    "dyed washed waxed oiled stained varnished lacquered glazed fired carved turned whittled folded pleated pressed ironed hemmed knitted crocheted woven braided "
    "baked roasted toasted grilled fried smoked cured aged matured fermented brewed distilled bottled infused steeped simmered marinated topped drizzled dusted glazed "
    "dipped filled stuffed chilled frozen dried peeled sliced chopped diced grated picked harvested foraged sourced imported reared raised caught hatched bred "
    "tested checked inspected approved certified verified audited vetted licensed insured regulated registered endorsed recommended reviewed awarded voted "
    "designed engineered invented developed crafted built assembled installed fitted mounted delivered shipped posted couriered wrapped packed packaged boxed supplied provided "
    "supported maintained serviced repaired restored renovated refurbished upgraded updated improved redesigned expanded extended heated lit furnished equipped "
    "supervised staffed guided led qualified experienced accredited founded established owned backed funded sponsored refunded reimbursed waived "
    "stocked restocked preferred adored loved trusted praised acclaimed"
)
_WORKINGS = (
    "bend bends lie lies "
    "fold folds dry dries fade fades shrink shrinks crease creases wrinkle wrinkles stain stains rust rusts leak leaks crack cracks peel peels warp tarnish tarnishes scratch scratches tears "
    "charge charges recharge recharges pair pairs sync syncs connect connects stream streams scan scans track tracks monitor monitors detect detects record records "
    "calculate calculates remind reminds alert alerts notify notifies translate translates print prints edit edits automate automates block blocks filter purify purifies "
    "repel repels resist resists withstand withstands absorb absorbs insulate insulates breathe breathes stretch stretches flex flexes grip grips float floats swivel swivels recline reclines "
    "adjust adjusts tilt tilts rotate rotates stack clip clips lock locks seal seals warms cools heat heats chill chills soothe soothes calm calms "
    "soften softens smooth smooths smooths hydrate hydrates moisturise moisturises moisturize moisturizes nourish nourishes brighten brightens tones firms lift lifts plump plumps exfoliate "
    "cleanse cleanses remove removes whiten whitens strengthen strengthens repair restore restores refresh refreshes revive revives relax relaxes recovers improve improves supports "
    "taste tastes smell smells melt melts sparkle sparkles glow glows shine shines ferment serve serves seats accommodate accommodates cater caters "
    "overlook overlooks boast boasts feature features provide provides supply supplies install installs fit fits assemble assembles collect collects "
    "deliver delivers ship ships wrap wraps refund refunds match matches donate donates sponsor sponsors employ employs train trains teach teaches qualify qualifies "
    "reorder reorders recommend recommends approve approves guarantee guarantees insure insures upgrade upgrades renew renews reserve reserves dissolve dissolves degrade degrades biodegrade "
    "kill kills destroy destroys deter deters protect protects prevent prevents reduce reduces lower lowers halve halves boost boosts increase increases double doubles "
    "outlast outlasts outperform outperforms replace replaces last lasts endure endures"
)
_MANNERS = (
    "soft softer sturdy sturdier roomy roomier spacious cosy cosier cozy comfy comfortable elegant stylish chic sleek slim slimmer compact lightweight lighter thicker dense plush fluffy silky velvety supple flexible "
    "stretchy springy rigid robust rugged durable tough tougher stronger safe safer secure reliable dependable accurate precise powerful faster quicker speedy "
    "simpler effortless intuitive smart smarter clever handy practical versatile innovative modern contemporary classic timeless vintage retro rustic minimalist "
    "delicious tasty tastier yummy juicy juicier crisp crispy crunchy creamy buttery chewy tender moist flaky fluffy zesty tangy spicy sweeter savoury savory salty smoky smokey nutty fruity floral earthy malty peaty citrusy bitter "
    "mellow fragrant aromatic scented unscented odourless odorless hearty wholesome nourishing soothing calming hydrating moisturising moisturizing smoothing brightening firming cleansing invigorating uplifting "
    "gentle gentler tolerant freshly vibrant colourful colorful glossy matte shiny sparkling brighter airy sunny panoramic scenic sweeping secluded peaceful tranquil "
    "friendlier helpful welcoming attentive knowledgeable bilingual multilingual experienced qualified skilled dedicated personal personalised personalized tailored customised customized individual "
    "suitable beautiful gorgeous stunning amazing fantastic wonderful brilliant superb excellent exceptional outstanding remarkable impressive spectacular fabulous splendid magnificent exquisite "
    "affordable inexpensive economical cheap cheaper generous transparent flexible instant automatic hands-free cordless silent noiseless odour-free reusable refillable replaceable removable detachable reversible convertible "
    "extendable expandable modular washable waterproof rainproof showerproof windproof fireproof soundproof foolproof heatproof ovenproof childproof accessible wheelchair "
    "high-quality top-quality upmarket upscale innovative advanced cutting-edge efficient effective productive profitable scalable customisable customizable popular sought-after requested"
)

# Exact words: "lined" is none of a queue's "line".
OFFERED_THINGS: frozenset[str] = frozenset(
    form for group in (_EXTRAS, _PEOPLE, _MATERIALS) for word in group.split() for form in (word, f"{word}s")
)
OFFERED_DEEDS: frozenset[str] = frozenset(word for group in (_DEEDS, _WORKINGS) for word in group.split())
OFFERED_MANNERS: frozenset[str] = frozenset(_MANNERS.split())

# One of a group carries the others: "we bring it" for a fact of delivery.
_ALIKE = (
    "deliver delivery bring ship send courier post carry arrive door doorstep",
    "address home house door doorstep",
    "buy purchase order shop spend basket cart",
    "cost price charge fee rate pay",
    "reserve book booking reservation",
    "collect pick pickup collection",
    "store shop branch",
    "child children kid kids toddler young baby infant newborn",
    "phone call ring line",
    "mail email e-mail post letter",
    "repair fix mend mended restore service",
    "photo picture image photograph",
    "car vehicle drive driver",
    "bike bicycle cycle ride",
    "film movie screening",
    "doctor physician gp",
    "staff team crew colleague people",
    "discount off reduced reduction save saving less lower cheaper cut",
    "return back refund",
    "swap exchange change switch replace",
    "weigh weight light lighter heavy",
    "close end finish stop until deadline last",
    "open start begin launch",
    "class course lesson session workshop",
    "talk lecture speak speaker",
    "rent hire loan borrow lend",
    "host guest stay night room",
    "help support assist advice adviser advise",
    "join member membership sign register enrol enroll",
    "renew extend extension",
    "include included inclusive contain hold carry comes",
    "fast quick quickly speed faster",
    "free complimentary included nothing waived",
    "new fresh newly latest added",
    "made make produced built crafted",
    "fit fits suit match compatible",
    "charge battery",
    "protect shield guard cover",
    "without no free none", "free charge fee cost",
    "online website web site internet", "consultation talk advice appointment conversation", "grown-up adult",
    "kitchen cook", "teach teacher lesson", "ill sick", "photo snap shot", "ticket admission entry entrance", "luggage suitcase bag",
    "vegetable veg", "fridge refrigerator", "television tv", "laptop computer", "doubles double twice",
    "parcel package", "dine dinner eat meal table", "breakfast morning", "repeat reorder again",
    "tested test check checked", "sell sale sold", "heat heating warm", "grow grown", "appointment visit slot",
    "zip unzip", "fold unfold", "roll unroll", "button unbutton", "screw unscrew", "clip unclip", "plug unplug", "lock unlock", "wrap unwrap",
    "trained train training", "cancel cancellation", "instalment instalments split spread",
)  # fmt: skip


def _alike_table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for group in _ALIKE:
        found = {stem(word) for word in group.split()}
        for one in found:
            table.setdefault(one, set()).update(found)
    return {one: frozenset(others) for one, others in table.items()}


ALIKE: dict[str, frozenset[str]] = _alike_table()
