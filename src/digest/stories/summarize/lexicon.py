"""Words by which news tells one thing: which are one to a reader, which turn a story, which say
nothing. English, with the commonest of German, French and Spanish.
"""

from __future__ import annotations

import re

from digest.text import words

_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # "U.N."

# One line for one turn of events, under its first word. That it happened at all is news.
_TURNS = """
die died dies dead death deaths dying kill kills killed killing fatal fatally fatalities toll slain
 gestorben starb starben tot tote toten getötet mort morts morte mortes tué tués muerto muertos
 murió murieron fallecido fallecidos
arrest arrests arrested arresting detain detains detained detention custody captured apprehended
 festgenommen verhaftet festnahme arrêté arrêtés interpellé interpellés detenido detenidos arrestado
charge charged charges indict indicted indictment angeklagt anklage inculpé inculpés imputado
convict convicted conviction guilty verurteilt schuldig condamné condamnés condenado condenados
acquit acquitted acquittal cleared freigesprochen acquitté absuelto
sentence sentenced jailed imprisoned
trial trials hearing prozess procès juicio
appeal appeals appealed berufung
resign resigns resigned resignation quit quits zurückgetreten rücktritt démissionne démissionné
 démission dimite dimitió dimisión
dismiss dismissed sacked ousted entlassen limogé destituido
appoint appointed appointment nominated ernannt nommé nombrado
elect elected reelected gewählt élu elegido
rescue rescued rescues rescuers rescuing gerettet sauvé rescatado rescatados
release released freed freigelassen libéré libérés liberado liberados
escape escaped fled geflohen évadé fugado
surrender surrendered
confess confessed confession admitted gestanden avoué confesó
identify identified identifiziert identifié identificado
recover recovered geborgen
evacuate evacuated evacuation evakuiert évacué évacués evacuado evacuados
reopen reopened reopens wiedereröffnet rouvert reabierto
cancel cancelled canceled cancels cancellation scrapped abgesagt annulé cancelado
postpone postponed delayed delay verschoben reporté aplazado
suspend suspended halted ausgesetzt suspendu suspendido
lift lifted aufgehoben levé levantado
approve approved approves approval ratified gebilligt approuvé aprobado
reject rejected rejects rejection vetoed abgelehnt rejeté rechazado
withdraw withdrew withdrawn
ceasefire truce waffenruhe trêve tregua
collapse collapsed eingestürzt effondré derrumbado
sue sued lawsuit sues verklagt
settle settled settlement
ban bans banned banning prohibit prohibits prohibited
bankrupt bankruptcy insolvenz faillite quiebra
"""
# Words that reports of one thing use for each other, though nothing turns on them.
_SAME = """
police officer officers polizei policía
fire fires blaze flames burning burned burnt brand feuer incendie incendio
search searching searched hunt hunting seek seeking sought look looking
ship ships vessel vessels boat boats ferry ferries
crash crashed collision collided accident
storm storms hurricane cyclone
quake quakes earthquake earthquakes tremor
strike strikes walkout
attack attacks attacked assault assaulted
shoot shot shooting gunfire gunman
blast blasts explosion explosions exploded bomb bombing
begin begins began begun start starts started
injure injured injures injuries wounded hurt
child children kids
people persons residents
cars vehicle vehicles automobile
firm company companies business
buy buys bought purchase acquire acquires acquired acquisition takeover
rise rises rose risen climb climbed increase increased surge surged
fall falls fell fallen drop dropped decline declined
near nearby close
jail jails prison prisons gefängnis cárcel
steal steals stole stolen stealing rob robbed robbers robbery theft thieves heist loot
murder murders murdered murdering slaying slayings homicide mord ermordet meurtre asesinato
win wins won winning victory victories beat beats beaten defeat defeats defeated triumph
spill spills spilled spilling leak leaks leaked leaking
destroy destroyed destroys devastate devastated gutted damage damaged damages
store stores shop shops supermarket supermarkets
film films movie movies
plane planes aircraft airplane airliner jet jets
protest protests protesters protesting demonstration demonstrations demonstrators rally rallies
cut cuts cutting reduce reduces reduced reduction slash slashed slashes
deal deals agreement agreements accord pact agree agreed agrees
soldier soldiers troop troops
rebel rebels insurgent insurgents militant militants
flood floods flooded flooding
launch launched launches unveil unveils unveiled introduce introduced introduces
condemn condemned condemns denounce denounced criticize criticized criticise criticised slammed
negotiation negotiations negotiating negotiate talks
flaw flaws vulnerability vulnerabilities
hospital hospitals hospitalized hospitalised
job jobs layoffs
plan plans planned planning proposal proposals proposed propose
"""
WEEKDAYS = frozenset(
    words("""
    monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow
    montag dienstag mittwoch donnerstag freitag samstag sonntag heute gestern morgen
    lundi mardi mercredi jeudi vendredi samedi dimanche aujourd'hui hier demain
    lunes martes miércoles jueves viernes sábado domingo ayer mañana
    """)
)
_NOTHING = frozenset(
    words("""
    million millions billion billions trillion percent cent dollar dollars euro euros pound pounds
    crowns year years month months week weeks days hours minutes time times people
    prozent euro millionen milliarden jahr jahre jahren tage tagen stunden menschen
    milliards ans années jours heures millones años días horas
    according added adding announced announce authorities officials official reported reports
    reporters report said says saying spokesman spokeswoman spokesperson statement stated told
    about after again almost along also although among around because been before being between
    both could does during each early earlier even every from have having here into just last late
    later least less like made make many might more most much must nearly news next only other
    others over same shall should since some still such than that their them then there these they
    this those though through under until upon very were what when where which while will with
    within without would your
    aber auch beim dass denn diese diesem diesen dieser dieses doch durch eine einem einen einer
    eines habe haben hatte hatten heißt kamen laut nach nicht noch oder sagte sagten sind sowie
    teilte über unter wegen werden wurde wurden zwischen
    alors après aussi avait avant avec cette dans depuis deux elle entre être leur mais pour selon
    sont sous cela ceux était étaient
    aunque cuando desde donde ella ellos entre esta este están estos había hasta para pero porque
    según sido sobre también tiene tras
    the and for has had was are not but its his her him who how why one out off per via can may did
    all any our own too yet nor got get two she they you new now says
    als auf aus bei bis das den dem der des die ein für hat ihr ist mit nun nur ohne seit sich sie
    soll über und uns vom von vor war was wer wie will wir wird zum zur gegen können müssen mehr
    aux ces des dit est fait les leurs lui mis par pas plus qui que quoi sans ses son sur tous tout
    une vers
    con del dos esa ese eso fue han hay las los más muy nos por que ser sin son sus una unos unas
    che chi con dal dalla dei del della delle degli di gli nel nella non per più sono sua suo sul
    sulla una uno alla alle anche come dopo prima tra fra
    nie się jest oraz jak czy dla przez przed pod nad tak tej ten tym ich jego jej ale był była było
    było były będzie może już też przy bez
    com das dos ele foi mais não nas nos para pela pelo por que sem seu sua uma
    aan als bij dat de die een en het hun met naar niet ook op over uit van voor was zijn
    att den det efter från för har har inte med och som till var med ikke
    """)
)


def _groups(lines: str) -> dict[str, str]:
    """Word -> the first word of its group; a group goes on in lines that begin with a space."""
    groups = [words(line) for line in lines.replace("\n ", " ").strip().splitlines()]
    return {word: group[0] for group in groups for word in group}


TURNS = _groups(_TURNS)
SAME = TURNS | _groups(_SAME)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a sentence; "U.N." is one, and the same as "UN"."""
    return words(_DOTTED.sub(lambda name: name[0].replace(".", "") + " ", text))


def is_filler(word: str) -> bool:
    """Does a lower-case word tell nothing of what happened?"""
    return word in _NOTHING
