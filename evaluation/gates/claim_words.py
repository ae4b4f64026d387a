"""The words that make a copy checkable: superlatives, promises, scarcity, health, environment, origin, quality.

`any` family: one of its words in the facts carries the others ("complimentary" for "free of charge").
`each` family: every word must itself stand in the facts ("organic" is not carried by "natural").
"""

from typing import Literal, NamedTuple


class Family(NamedTuple):
    """`words` and `carriers` are RE2 fragments for whole words; carriers in the facts also carry the family."""

    name: str
    support: Literal["any", "each"]
    words: str
    carriers: str = ""
    asked_when: str = ""


# Uses of the words below that claim nothing.
INNOCENT = (
    r"feel free|free up|free (?:time|evening|afternoon|morning|day|hour|hands?|weekend)|hands? free|(?:set|run|roam|break) free|are you free|"
    r"free to|free from|something better than|best (?:of (?:us|them|days)|before|wishes|regards|of luck|friends?|man|foot)|at best|at its best|like best|know best|"
    r"fits? (?:you )?best|do best|(?:suits?|works?) (?:you )?best|good for you\b|well done|"
    r"not guaranteed|no guarantee|(?:after|for|need|needs|want|wrap|buying|bring|bringing) an? gift|the longest (?:wait|you(?:'ll| will)? wait)|save (?:me|my|the date|your|it|this|a|an|room|some|us)|for the rest|"
    r"the (?:rest|forest|harvest|guest|latest|nearest|closest|earliest|interest|request|chest|nest|contest|honest|modest|digest|breast|priest|test|pest|vest|west|crest|midwest|northwest|southwest|oldest|youngest|shortest|furthest|farthest|hardest)|most of|at most|the most of|no hurry|(?:need|have)(?:n't| not)? to hurry|(?:is|are|was|were|be|always|ever|not?|'s|'re) in (?:a|any|such a) (?:\w+ )?hurry|nothing (?:lasts|stays|sticks) (?:for ?ever|a lifetime|for life)|nothing lasts for ever|without (?:the )?hurry|"
    r"\w+ left (?:there|here|behind|over|out|on|off|open|side|turns?|hand|handed|in|at|for|with)|double the (?:other|first|second|smaller|shorter)|no better (?:time|way|reason|moment|day|excuse|place)|"
    r"down to (?:the|your) last(?: few)?|(?:about|never|without|keeps?|kept|before|are you) running (?:out|low)|any day but|any size (?:they|you|he|she)(?:'re|'s| are| is)|same day for|"
    r"any (?:time|day) (?:from|between|before|after|until|on|within|you|up)|nothing that (?:\w+ ){0,2}(?:later|earlier|sooner)|at the (?:latest|earliest|longest|shortest|lowest|highest|smallest|largest)|(?:be|make|makes|made) sure to|act natural(?:ly)?|nothing to lose|never mind|for good measure|real life|"
    r"(?:sleep(?: in)?|lie in|stay in bed|nap|cancel|skip (?:it|this)|say no|leave|stop) with an? (?:clear|clean|good) conscience|"
    r"never before (?:the )?(?:\d+|noon|midday|midnight)|swiss francs|two left (?:feet|hands|thumbs)|prices (?:go|went) up,? (?:and )?(?:prices (?:go|went) )?down|prices (?:rise and fall|come and go)"
)

FAMILIES: tuple[Family, ...] = (
    Family(
        "superlative",
        "each",
        r"best|finest|greatest|cheapest|lowest|highest|fastest|quickest|largest|biggest|easiest|safest|strongest|"
        r"softest|freshest|cleanest|healthiest|tastiest|smartest|simplest|hottest|coolest|brightest|lightest|"
        r"toughest|purest|richest|smoothest|sharpest|nicest|cosiest|comfiest|friendliest|newest|rarest|longest|"
        r"the most [a-z]+(?:ed|ful|ous|ive|able|ible|ant|ent|al|ic|ing)|the [a-z]{2,}[bcdfgklmnprtvw]est|the [a-z]{2,}iest|most (?:\w+ly )?(?:advanced|affordable|amazing|beautiful|comfortable|complete|delicious|durable|effective|"
        r"efficient|exclusive|flexible|generous|important|innovative|luxurious|modern|popular|powerful|reliable|"
        r"secure|stylish|sustainable|trusted|versatile|loved|wanted|advanced|exciting|accurate|convenient)|"
        r"number one|no\. ?1|#1|nr\. ?1|world[- ]class|world[- ]leading|world[- ]famous|best[- ]in[- ]class|top[- ]rated|"
        r"top[- ]quality|first[- ]class|unbeatable|unbeaten|unrivall?ed|unmatched|unparalleled|unequalled|market[- ]leading|"
        r"industry[- ]leading|leading|premier|ultimate|second to none|like no other|one of a kind|"
        r"no one else|nobody else|no (?:other )?[a-z]+ (?:is|are|comes?|gets?|does|has|was|tastes?|feels?|works?|lasts?|sits?|stands?|makes?|gives?|keeps?|looks?|runs?) (?:[a-z]+ )?(?:[a-z]{3,}er|more [a-z]+)|(?:nobody|no one|nothing|none|no \w+)(?: \w+){0,6} (?:comes?|gets?|came) (?:close|near)|(?:nobody|no one|no other \w+|nothing|none)(?: \w+){0,5} (?:better|worse|faster|quicker|cheaper|more|less|fewer|fresher|safer|later|earlier|longer|sooner|"
        r"closer|nearer|lower|higher|softer|warmer|lighter|stronger|easier|cleaner|smoother|brighter|quieter|kinder|greener|slower|harder|deeper|smaller|bigger|larger|richer|sweeter|fairer|cooler|wider)|"
        r"in the world|the world's|on earth|(?:ever|never) (?:made|seen|tasted|before)|"
        r"better than|faster than|cheaper than|safer than|stronger than|fresher than|unlike|outperforms?|"
        r"than (?:at |in |on )?(?:any|other|the others?|most|competitors)|record[- ]breaking|state[- ]of[- ]the[- ]art|cutting[- ]edge|"
        r"revolutionary|groundbreaking|breakthrough|incredible|unforgettable|flawless|miracle|magical|must-have|an? must have|"
        r"game[- ]changer|ever seen|better than ever|the one and only|nothing (?:quite )?like it|no equal|peerless|without equal|gold standard|in a league of its own|legendary|"
        r"first choice|the envy of|beats? (?:them all|every|any|all)|hard to beat|cannot be beaten|can't be beaten|you won't find (?:an? |any )?(?:better|cheaper|finer|faster)|"
        r"(?:king|queen)s? of (?:all )?[a-z]+s|hands down|(?:without|no) (?:a )?rivals?|(?:has|have|knows?) no (?:rivals?|match|peers?)|(?:and|but) then there(?:'s| is)|(?:nobody|no one|no other [a-z]+) [a-z]+s (?:[a-z]+ )?(?:quite )?like|(?:all|every) others? (?:is|are) (?:measured|judged|compared)|no (?:better|finer|greater|faster|quicker|cheaper|fresher|safer|softer|warmer|lighter|stronger|easier|cleaner|smoother|brighter|quieter|kinder|richer|sweeter|purer|tastier|smarter|simpler|nicer) [a-z]+|"
        r"(?:country|nation|town|city|county|region|world|europe|britain|england|scotland|ireland|america|germany|everyone|everybody|nobody)'s (?:favou?rite|most|number)|"
        r"the most [a-z]+|more [a-z]+ than any|outshines?|ahead of the (?:rest|pack|others)|supreme|world[- ]beating|the only (?:one|\w+) (?:that|of its kind|you'll)|perfection|masterpiece|"
        r"first[- ]rate|top[- ]notch|high(?:est)?[- ]quality|superb|outstanding|exceptional|extraordinary|phenomenal|spectacular|sensational|stunning|perfect|does it better|"
        r"puts? (?:all |every )?(?:the )?others? (?:in|to)|leaves? (?:the )?(?:others?|rest|competition)|the whole (?:town|city|country|street) (?:is|talks)|unique|"
        r"(?:doesn't|does not|don't|do not|can't|cannot|couldn't|won't) (?:get|be|find|ask for|come) (?:any |a )?(?:better|[a-z]{3,}er)|(?:[a-z]{3,}er|more [a-z]+|better) than (?:anything|everything|all|ever|any|most)|"
        # What others do not do, a place among all, a rival left behind.
        r"(?:market|country|nation|town|city|industry|region|sector|continent|county|area|neighbou?rhood|trade|high street)'s (?:own )?(?:top|best|first|finest|leading|only|favou?rite|number|most|[a-z]{3,}est)|"
        r"(?:the|a|our|at) top (?:rates?|price|choice|picks?|spot|marks?|scores?|performer|seller|address)|(?:the )?pick of the [a-z]+|cream of the crop|a cut above|head and shoulders above|in a class of (?:its|their|our) own|bar none|by a (?:mile|long way)|"
        r"top of the (?:class|league|table|market|pile|tree)|tops (?:the|every|all) [a-z]+|leads? the (?:market|field|pack|table)|sets? the (?:standard|bar|benchmark|pace)|the benchmark|unsurpassed|incomparable|matchless|nothing compares|"
        r"(?:can't|cannot) be (?:matched|topped|bettered|equalled)|(?:hard|tough) to (?:top|match|better|equal)|(?:other|rival|competing) [a-z]+s (?:can|could|may) only|"
        r"(?:rivals?|competitors?|(?:the|our) (?:rivals|competitors|competition)) (?:can|can't|cannot|could|will|must|only|still|dreams?|struggles?|follows?|has|have|looks?|lags?|trails?|pales?|is|are)|"
        r"leaves? (?:every|all|any|its|our) (?:others?|rivals?|competitors?|competition)|(?:more|lower|less|cheaper|better|faster|longer|quicker) than (?:you(?:'ll)? (?:get|find) )?(?:elsewhere|anywhere else)|good luck (?:finding|beating)|as good as it gets|"
        r"everyone's talking|(?:everyone|everybody) (?:wants|loves|is talking)|for miles(?: around)?|outliv\w+",
    ),
    Family(
        "guarantee",
        "any",
        r"guarante\w+|money[- ]back|assured|we promise|promises? (?:you|to)|foolproof|fail[- ]safe|never fails?|"
        r"sure to [a-z]+|satisfaction|no questions asked|or your money|or we pay|"
        r"(?:never|will not|won't ever|cannot|can't) (?:leaks?|breaks?|splits?|chips?|bends?|warps?|shrinks?|pills?|peels?|snaps?|tears?|sags?|rots?|dents?|cracks?|rusts?|fades?|stains?|slips?|jams?|lets? you down|disappoints?|goes? wrong|wears? out)|always (?:works?|on time)|"
        r"(?:bound|certain) to [a-z]+|rest assured|you can (?:count|rely|depend) on|100%? (?:certain|sure|safe)|without fail|every single time|whatever happens|nothing can go wrong",
    ),
    Family("warranty", "any", r"warrant\w+|lifetime|refund\w*|reimburs\w+"),
    Family(
        "risk",
        "any",
        r"risk[- ]free|no[- ]risk|zero[- ]risk|without (?:any )?risk|no strings(?: attached)?|no catch|"
        r"no obligation|no[- ]commitment|hassle[- ]free|worry[- ]free|stress[- ]free|no hidden \w+|commitment[- ]free",
    ),
    Family(
        "scarcity or urgency",
        "any",
        r"hurry|hurrying|selling (?:out|fast)|sells? out|sold out|last[- ](?:chance|call|minute|orders)|"
        r"final (?:call|hours?|days?|chance|warning|reminder|notice|week)|(?:only|just) (?:a )?(?:few|handful|couple)|"
        r"(?:few|handful|places|seats|spots|rooms|tickets|pieces|units|spaces|slots) (?:are )?(?:left|remain\w*|to go)|left in stock|only \w+ left|"
        r"(?:almost|nearly|virtually) (?:all |fully )?(?:gone|sold|full|booked|taken)|(?:places|seats|spots|tickets|rooms|tables|pitches|slots|dates) are (?:going|filling|flying|melting)|(?:stocks?|supplies|places|seats|tickets|sale|offer)(?: is| are)? (?:almost|nearly) over|few (?:\w+ )?(?:will be|were|are|get) (?:made|built|printed|sold)|running out|(?:stocks?|supply|supplies|time|space|places) (?:is |are )?(?:limited|running)|"
        r"while (?:stocks?|supplies|they|it) lasts?|limited (?:time|stock|edition|places|availability|offer|supply|supplies|number|spaces|run)|"
        r"act (?:now|fast|today|quickly)|miss out|(?:too|very) late|before (?:it's|they're|it is|they are|we're) gone|going fast|flying off|"
        r"(?:today|tonight|weekend) only|only (?:today|tonight)|ends? (?:today|tonight|tomorrow|soon|now)|closing soon|"
        r"last (?:few|remaining|ones|places|seats|pieces)|last (?:\w+ )?(?:tickets|seats|places|rooms|spots|copies|pairs|units|tables|slots|pieces)|won't wait|never again|won't (?:last|come back|be back|be repeated)|high demand|"
        r"(?:once|when) (?:they're|it's|they are|it is) gone|now or never|once[- ]in[- ]a[- ]lifetime|(?:one|first) come|quick, before|don't wait|"
        r"(?:few|not many) (?:are |is |of them )?(?:left|remain\w*)|stocks? (?:is |are |runs? |running )*(?:low|short)|sells? (?:quickly|fast|out)|(?:prices?|rates?) (?:will |are |is )?(?:soon |about to |going to )*(?:rise|rises|rising|go(?:es)? up|going up|increases?)|"
        r"(?:won't|will not|is not|are not) (?:be )?(?:(?:come|coming) (?:back|again|round|around)|return\w*)|don't delay|demand is (?:\w+ )?high|(?:high|huge|great|strong) demand|(?:last|final) (?:cases|bottles|boxes|jars|bags|batch(?:es)?|loaves|plots|homes|models|packs)|urgent\w*|immediately|right away|limited|soon gone|disappearing|snapped up|"
        r"while you (?:still )?can|before someone else|others are (?:already |also )?(?:looking|viewing|booking|buying|waiting)|(?:people|customers|guests|shoppers) are (?:looking|viewing|waiting)|almost all|nearly all|"
        r"dwindling|(?:shelf|shelves|racks?|stocks?) (?:is|are) (?:emptying|thinning|shrinking)|before (?:your )?(?:neighbours?|neighbors?|friends?|someone|somebody|others?) (?:does|do|gets?|grabs?)|snooze and you|or (?:lose|miss) (?:it|yours|out)|you'll lose (?:it|yours)|(?:can't|cannot|won't) (?:hold|keep|save) (?:it|them|your [a-z]+|this [a-z]+) (?:for long|forever|much longer)|vanish(?:es|ing)|(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+) left|only so many|blink and|(?:grab|snap|secure) (?:it|yours|one) |fill(?:s|ing)? (?:up|fast)|go(?:es)? (?:quickly|fast)|time is (?:short|running)|won't (?:stay|be around|be here)|"
        r"already (?:sold|gone|taken)|every (?:hour|minute|second) counts|hot cakes|as long as (?:the )?(?:shelf|stocks?|supply|supplies|they|it) (?:holds?|lasts?)|don't (?:dither|dawdle|hesitate|delay)|before (?:the )?(?:others|everyone|anyone)|in short supply|waiting list is",
        r"limited|while \w+ lasts?|last|remaining|final|ris(?:es|ing)|goes up|increases?",
    ),
    Family(
        "free",
        "any",
        r"free|freebies?|complimentary|gratis|(?:at |for )?no (?:extra |additional |further )?(?:charge|cost|fees?)|on the house|"
        r"on us|free of charge|without (?:a |any |extra )?(?:fees?|charge|cost)|costs? (?:you )?nothing|zero (?:fees?|cost)",
        r"included|includes|waived|not charged|no \w+ (?:fee|charge|cost)s?|nothing|no fee|doesn't cost|does not cost|without extra cost|"
        r"deducted|covered|we (?:pay|cover)|pays? (?:only |just )?for (?:only |just )?(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+)|pays? (?:for )?no|no \w+ charge",
    ),
    Family(
        "discount",
        "any",
        r"discount\w*|money off|savings|saves? (?:money|big|up|over|more|[$€£\d])\S*|bargains?|price cuts?|clearance|cashback|cash back|"
        r"vouchers?|coupons?|on sale|in the sale|half[- ]price|lower prices?|cheaper|marked down|knocked? off|special (?:price|offer)s?|great value",
        r"off|half|reduced|reduction|less|save|sale|instead|\d for|offer|drop\w*|lower|cut|points|double\w*|credit",
    ),
    Family(
        "gift or prize",
        "each",
        r"gifts?|bonus(?:es)?|prizes?|giveaways?|jackpot|raffle|sweepstake\w*|lottery|win (?:a|an|one|your|the|up|free|big|prizes)|winners?|goodie|goody|rewards?",
    ),
    Family(
        "delivery promise",
        "each",
        r"next[- ]day|same[- ]day|(?:delivered|arrives?|ships|shipped) overnight|overnight (?:delivery|shipping)|express|instant(?:ly)?|within (?:minutes|hours|seconds)|in (?:seconds|minutes|no time)|worldwide|nationwide|anywhere in",
    ),
    Family(
        "health",
        "each",
        r"(?:back|neck|knee|joint|muscle|period|tooth)[- ]?(?:pains?|aches?)|cur(?:e|es|ed|ing)|(?:eas|sooth|reduc)(?:e|es|ed|ing) (?:\w+ ){0,3}(?:pains?|aches?|stiffness|tension)|heal(?:s|ed|ing)|prevent\w*|protects?|protecting|protection (?:for|of|to) (?:your|the) [a-z]+|takes? the (?:strain|load|weight|pressure) off (?:your|the) (?:back|neck|spine|joints|knees|hips|shoulders|gut|stomach|lungs|liver|bones|skin|eyes|feet|heart)|your (?:back|neck|spine|joints|knees|hips|shoulders|gut|stomach|lungs|liver|bones|skin|eyes|feet|heart) (?:will|won't|never|stays?|feels?) [a-z]+|spares? your (?:skin|gums|teeth|eyes|back|knees|joints|stomach|hands|feet)|sleep like a (?:baby|log|child|king)|breath(?:e|es|ing) (?:easier|easily|better|freely)|relie(?:ve|ves|ved|ving|f)|immun\w+|health(?:y|ier|ily|ful)|wellness|wellbeing|"
        r"detox\w*|(?:lose|losing) (?:\w+ )?weight|weight[- ]loss|slimming|fat[- ]burning|burns? (?:fat|calories)|boost\w*|anti[- ]?ag(?:e|ing|eing)|clinical\w*|medical\w*|scientific\w*|"
        r"dermatolog\w+|doctors?|physicians?|(?:un)?proven|hypoallergenic|anti[- ]?bacterial|nutritious|superfoods?|low[- ]fat|fat[- ]free|"
        r"(?:good|better|kind|kinder|easy|easier|gentle|gentler) (?:for|on|to) (?:your|the) (?:\w+ )?(?:body|gut|stomach|heart|skin|head|back|joints?|knees?|eyes?|teeth|gums|lungs|liver|digestion|bones|hair|brain|immune system)|(?:your )?(?:body|gut|stomach|heart|skin|head|back|joints|knees|eyes|teeth|gums|lungs|liver|bones) will (?:thank|love) you|side effects?|pain(?:less|[- ]free)|risk of|safe(?:ly|r)?|harmless|cancer|diabetes|"
        r"cholesterol|blood pressure|vitamins?|probiotic\w*|antioxidants?|rejuvenat\w+|energi[sz]\w+|therap\w+|remed(?:y|ies)|"
        r"injur\w+|feel(?:ing|s)? better|allerg\w+|migraines?|anxiety|depression|stress[- ]relie\w+|illness\w*|insomnia|headaches?|stiff (?:neck|back|joints?|shoulders?|muscles?)|(?:aches?|pains?|stiffness|tension|knots?) (?:out of|from) (?:your|the) [a-z]+|posture|(?:back|skin|spine|joint)[- ]friendly|blood circulation|hormon\w+|arthritis|eczema|asthma|inflammat\w+|infections?|digesti\w+|helps? against|disease\w*|symptoms?|metabolism|sleep better|calori\w+|"
        r"(?:fights?|beats?|keeps?) (?:off |away )?(?:colds?|flu|germs|bacteria|viruses)|strengthens?|calms? (?:\w+ )?(?:nerves|mind|skin|stomach)|aids? (?:sleep|digestion|recovery)|"
        r"supports? (?:your )?(?:immune|gut|joints?|heart|skin|sleep|recovery|digestion)|sleep (?:\w+ )?(?:soundly|deeper|deeply|better)|wrinkles?|younger[- ]looking|toxins?|germs?|bacteria|viruses|fitter|slimmer",
    ),
    Family(
        "environment",
        "each",
        r"eco[- ]?\w*|go(?:es|ing)? green|greener|greenest|green (?:energy|power|choice|electricity)|sustainab\w+|carbon|climate|co2|recycl\w+|"
        r"biodegrad\w+|compost(?:able|abili\w+|ed|s|ing)|(?:home|to|into|as|on the|become|becomes) compost|renewable\w*|planet|plastic[- ]?free|zero[- ]waste|ethical\w*|fair[- ]?trade|cruelty[- ]free|"
        r"environment\w*|emissions?|zero[- ]emission|low[- ]emission|save the (?:planet|bees|oceans?|seas?|forests?|rainforests?|earth|world|trees)|net[- ]zero|upcycled|solar|responsibly|pollut\w+|"
        r"(?:managed|protected) forests?|landfill|footprint|(?:cares? for|respects?|respect for|gentle (?:on|to|with)|good to|helps?) (?:the )?(?:earth|planet|nature|environment|climate|bees|oceans?|rivers?)|kind(?:er)? to (?:nature|the (?:planet|environment|earth|climate|ocean|sea))|good for the (?:planet|earth|bees|world|climate)|(?:clear|clean|good) conscience|guilt[- ]free|clean energy|"
        r"(?:wind|water|hydro|tidal|wave)[- ]?(?:power\w*|energy|electricity)|(?:power|energy|electricity|current|heat|warmth)(?: [a-z]+)? (?:from|of|by) (?:the )?(?:wind|water|sun|sunshine|sunlight|sea|tides?|rivers?|waves)|"
        r"(?:powered|generated|driven|charged) by (?:the )?(?:wind|water|sun|sunshine|sunlight|tides?|rivers?|waves)|all (?:of it )?from (?:the )?(?:wind|water|sun|sea|tides?)|hydro\w*|fossil\w*|nuclear|trees? (?:is |are |gets? )?planted|plants? (?:an? |one |two |new )?trees?|offset\w*|"
        r"pesticides?|microplastics?|palm oil|reclaimed|repurposed|fishing nets|ocean plastic|(?:old|used) (?:plastic )?(?:bottles|tyres|nets|sails)|(?:with|without|no|free of) (?:harsh )?chemicals|refillable|"
        r"low[- ]impact|earth[- ]friendly|nature[- ]friendly|saves? (?:water|energy|electricity|power)|waste[- ]free|less waste",
    ),
    Family(
        "quality or origin",
        "each",
        r"organic\w*|vegan|vegetarian|(?:gluten|dairy|lactose|sugar|nut|alcohol|fragrance|paraben|bpa|additive|caffeine|chemical|meat)[- ]free|"
        r"natural\w*|additives?|preservatives?|artificial|halal|kosher|wholegrain|wholemeal|locally|local (?:farm\w*|produce\w*|grown|milk)|farm[- ]fresh|free[- ]range|"
        r"[a-z]+-(?:safe|free|proof|friendly|resistant|certified|approved|rich|tested|neutral|plated|lined|coated|backed|fed|grown)|grass[- ]fed|wild[- ]caught|hand[- ]?(?:made|picked|crafted|finished|sewn|painted|stitched|rolled|selected|roasted|woven|blown)|"
        r"home[- ]?made|artisan\w*|small[- ]batch\w*|authentic\w*|genuine|premium|luxur\w+|deluxe|designer|professional\w*|"
        r"award\w*|patented|certifi\w+|accredited|approved|licen[sc]ed|official|officially (?:approved|certified|licen[sc]ed|recogni[sz]ed|recommended|registered|accredited|tested|endorsed|appointed|rated|verified|supported|authori[sz]ed|known|chosen)|tested|trusted|"
        r"rated|five[- ]star|stars|reviews?|best[- ]?sell\w+|popular|famous|iconic|renowned|acclaimed|celebrated|beloved|"
        r"traditional\w*|heritage|exclusive\w*|limited[- ]edition|bespoke|custom[- ]made|family[- ](?:run|owned)|independent\w*|since \d+|"
        r"(?:from|in|of) (?:the |our |its |a |nearby |neighbouring |small |own )*(?:[a-z]+ )?(?:farms?|farmers|growers|groves|orchards?|vineyards?|pastures?|meadows|mills?)|(?:grain|flour|milk|wool|wood|timber|oil|clay|stone|honey|hops|barley|wheat|salt|herbs|fruit|apples|grapes|hides) from the [a-z]+|"
        r"imported|italian|french|swiss|german|japanese|spanish|british|scottish|irish|american|belgian|danish|swedish|norwegian|"
        r"portuguese|turkish|indian|thai|chinese|korean|mexican|brazilian|colombian|ethiopian|kenyan|sicilian|tuscan|scandinavian|nordic|austrian|dutch|parisian|egyptian",
    ),
    Family(
        "material or feature",
        "each",
        r"leather|suede|wool|merino|cashmere|cotton|linen|silk|velvet|denim|oak|teak|walnut wood|mahogany|solid wood|bamboo|stainless|titanium|"
        r"platinum|aluminium|aluminum|marble|porcelain|carbon[- ]fib\w+|"
        r"(?:goose|duck|eider)[- ]?down|memory foam|latex|alpaca|mohair|angora|tweed|hemp|jute|rattan|wicker|cast iron|stoneware|granite|pewter|(?:solid|real|pure) (?:wood|ash|beech|pine|birch|cherry|gold|silver|brass|glass|stone|steel|copper|bronze)|"
        r"water[- ]?proof\w*|water[- ]resistant|windproof|wind[- ]resistant|stain[- ]\w+|wireless\w*|bluetooth|rechargeable|(?:machine[- ])?washable|dishwasher[- ](?:safe|proof|friendly|suitable|ready)|"
        r"foldable|adjustable|compatible|portable|unbreakable|durable|indestructible|shock[- ]?proof|fire[- ]?proof|breathable|ultra[- ]?light\w*|"
        r"non[- ]stick|self[- ]cleaning|scratch[- ]\w+|unlimited|permanent\w*|contactless|secure\w*|encrypted|"
        r"[a-z]*[- ]?compliant|insured|interest[- ]free|tax[- ]free|tax[- ]deductible|commission[- ]free|fee[- ]free|pre[- ]approved|"
        r"no (?:contract|minimum|deposit|credit check|paperwork|exceptions|interest|wrinkles|limits?)|"
        r"assembled|assembly|installation|installed|batteries included|on credit|ai[- ]powered|artificial intelligence|machine learning",
    ),
    Family(
        "flavour or ingredient",
        "each",
        r"coconut|vanilla|caramel|chocolat\w+|cocoa|hazelnuts?|almonds?|pistachios?|walnuts?|peanuts?|cinnamon|ginger|turmeric|saffron|truffles?|"
        r"strawberr\w+|raspberr\w+|blueberr\w+|mango\w*|pineapples?|lavender|jasmine|sandalwood|eucalyptus|aloe|argan|collagen|retinol|"
        r"hyaluronic|caffeine|omega|quinoa|oats|maple|champagne|prosecco",
    ),
    Family(
        "widening",
        "each",
        r"(?:fits|suits|works (?:with|on|in)) (?:any|every|all) [a-z]+|(?:deliver\w*|ships?|valid|used|free) (?:everywhere|anywhere)|any (?:age|kind|brand|make|model|type|branch|address|destination|route|day|time|order|purchase|basket|product|item|customer|amount|size|size order|device|laptop)|every (?:order|purchase|room|product|item|customer|member|ticket|store)|"
        r"all (?:orders|purchases|products|items|customers|stores|sizes|ages)|no matter (?:what|how|when)|whatever you (?:buy|order|spend)|entire (?:range|store|shop|order)|"
        r"storewide|sitewide|no conditions|unconditional\w*|whole (?:range|store|shop|family)",
    ),
    Family(
        "frequency",
        "each",
        r"every (?:day|night|week|month|year|morning|evening|hour|time)|daily|nightly|weekly|monthly|yearly|annually|hourly|all (?:day|night|year)|year[- ]round",
        asked_when=r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|every \w+|daily|nightly|weekly|monthly|yearly|annually|annual|once|(?:a|per|each) (?:day|week|month|year)|\w+ (?:nights|days|evenings|mornings|weekends)",
    ),
    Family(
        "promised result",
        "any",
        r"(?:sav(?:e|es|ing)|cut(?:s|ting)?|halv(?:e|es|ing)|reduc(?:e|es|ing)|slash(?:es|ing)?|lower(?:s|ing)?) (?:you |your |you time|up to )?(?:hours|time|money|costs?|bills?|errors?|energy|stress|waste|fees?)(?: and \w+)?|"
        r"(?:increas|improv|grow|doubl|maximi[sz]|transform|optimi[sz]|supercharg|accelerat)(?:e|es|ing|s)? (?:your |the |sales|revenue|productivity)\w*|"
        r"keeps? you (?:full|fit|young|focused|strong|healthy|slim)|so (?:that )?you(?:'ll| can| will)? [a-z]+ (?:\w+ ){0,2}(?:easier|better|faster|quicker|deeper|healthier)|in half the time|look(?:s)? (?:\w+ )?younger|feel(?:s)? (?:better|great|younger)|(?:last(?:s)?|sticks?|stays?|keeps?|works?) (?:\w+ )?(?:forever|for ever|a lifetime|for years|for decades|for life)|"
        r"cancel your (?:debt|bills?|loans?)|approval|instant decision|peace of mind|changes? your life|life[- ]changing|(?:is|are|become) history|things? of the past|goodbye to|rich(?:er)? quick|unlock\w*|elevat\w+|effortless\w*",
    ),
)
